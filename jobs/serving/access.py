"""Who calls: by a bearer token, or as a hook says, or anybody where the service listens to its own machine alone."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from features.outputs import Serve
from features.settings import SettingsError

SHORTEST_TOKEN = 32
"""Characters: a token is drawn at random, not thought of."""

ANYBODY = "local"
"""The caller's name where nobody is asked."""

Authenticate = Callable[[str, str, Mapping[str, str], bytes], str | None]
"""Method, path, headers (names in lower case) and body → the caller's name; None for nobody it knows."""

_LINE = re.compile(r"([A-Za-z0-9._-]{1,64}):(\S+)")


class Tokens:
    """Bearer tokens (RFC 6750), kept as hashes. A caller may have several, so that one can be changed for another."""

    def __init__(self, by_token: Mapping[str, str]) -> None:
        self._known = [(hashlib.sha256(token.encode()).digest(), name) for token, name in by_token.items()]

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """The name of who holds the token; every token is compared, in a time that says nothing of it."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        digest = hashlib.sha256(given.strip().encode("utf-8", "surrogateescape")).digest()
        names = [name for known, name in self._known if hmac.compare_digest(known, digest)]
        return names[0] if names and scheme.lower() == "bearer" else None


def of_settings(serve: Serve, environment: Mapping[str, str] = os.environ) -> Authenticate:
    """What the settings name. SettingsError where it cannot be had."""
    if serve.auth:
        return _hook(serve.auth)
    if serve.tokens_env:
        if not environment.get(serve.tokens_env):
            raise SettingsError(f"[serve] tokens_env: the environment variable {serve.tokens_env} is not set")
        return Tokens(_tokens(environment[serve.tokens_env], f"the environment variable {serve.tokens_env}"))
    if serve.tokens_file:
        try:
            return Tokens(_tokens(Path(serve.tokens_file).read_text(encoding="utf-8"), serve.tokens_file))
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text in UTF-8"
            raise SettingsError(f"[serve] tokens_file: {serve.tokens_file} cannot be read: {why}") from error
    return lambda *_: ANYBODY


def _tokens(text: str, where: str) -> dict[str, str]:
    """Token → name. What is wrong is said by its place: a token is never quoted."""
    found: dict[str, str] = {}
    for number, entry in enumerate(text.split(), 1):
        match = _LINE.fullmatch(entry)
        if not match:
            raise SettingsError(f"{where}: entry {number} is not name:token (letters, digits, dots, hyphens in names)")
        name, token = match.groups()
        if len(token) < SHORTEST_TOKEN:
            raise SettingsError(
                f"{where}: the token of {name!r} has {len(token)} characters; wanted {SHORTEST_TOKEN} or more, drawn "
                "at random: `openssl rand -hex 32`"
            )
        if found.setdefault(token, name) != name:
            raise SettingsError(f"{where}: {name!r} and {found[token]!r} have the same token; wanted one each")
    if not found:
        raise SettingsError(f"{where} holds no token; wanted name:token, apart by white space")
    return found


def _hook(named: str) -> Authenticate:
    module, _, name = named.partition(":")
    try:
        hook = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"[serve] auth: {named} cannot be imported ({type(error).__name__})") from error
    if not callable(hook):
        raise SettingsError(f"[serve] auth: {named} is {type(hook).__name__}; wanted a function")
    authenticate: Authenticate = hook
    return authenticate
