"""The secret that blocking keys are hashed with, so that whoever reads them without it cannot test a guess.

A key is a hash of some words of a record: without a secret, the key of a guessed name and birth date can be computed
and looked for. The secret comes from the environment and is written nowhere; its name and a check value are.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from features.errors import PairlakeError
from features.sections import Privacy

SHORTEST = 32
"""Characters of a secret at least: a check value stands in the lake, by which short ones could be found by trying."""

_OF_BLOCKS, _OF_CHECKS = b"pairlake blocks", b"pairlake check"


class SecretError(PairlakeError):
    """The secret of the blocking keys is not there, too short, or another than what is stored was made with."""


@dataclass(frozen=True)
class Keying:
    """What blocking keys are hashed with: by the empty one they are hashed without a secret.

    `name` and `check` tell two secrets apart, and are all that is ever stored. A reader may know a secret by them
    alone; then no key can be made.
    """

    name: str = ""
    check: str = ""
    held: bytes | None = field(default=b"", repr=False, compare=False)

    @classmethod
    def of(cls, privacy: Privacy, environment: Mapping[str, str] = os.environ) -> Keying:
        """The keying that the settings name. SecretError where the environment has no secret, or too short a one."""
        variable = privacy.key_env
        if variable is None:
            return cls()
        secret = environment.get(variable, "")
        if len(secret) < SHORTEST:
            found = f"has {len(secret)} characters" if secret else "is not set"
            raise SecretError(
                f"[privacy] key_env names the environment variable {variable}, which {found}; wanted a secret of "
                f"{SHORTEST} characters or more, such as `openssl rand -hex 32` makes"
            )
        held = hashlib.blake2b(secret.encode("utf-8", "surrogateescape"), digest_size=32, person=_OF_BLOCKS).digest()
        return cls(privacy.key_id, hashlib.blake2b(key=held, digest_size=8, person=_OF_CHECKS).hexdigest(), held)

    @classmethod
    def stored(cls, text: str) -> Keying:
        """The keying that `str` has written down, without its secret."""
        name, _, check = text.partition(":")
        return cls(name, check, None) if text else cls()

    def __str__(self) -> str:
        """Name and check value; nothing where there is no secret."""
        return f"{self.name}:{self.check}" if self.name else ""

    @property
    def secret(self) -> bytes:
        """What keys are hashed with, empty without a secret. SecretError where only its name is known."""
        return self._missing() if self.held is None else self.held

    def refuse_other(self, stored: Keying) -> None:
        """SecretError unless keys that are made here are those that are stored."""
        if self == stored:
            return
        if not self.name:
            stored._missing()
        if not stored.name:
            raise SecretError(
                f"the stored blocking keys were made without a secret, the settings name {self.name!r}; `pairlake run` "
                "makes them anew, or leave [privacy] key_env out"
            )
        other = "another secret of that name" if self.name == stored.name else f"the secret {self.name!r}"
        raise SecretError(
            f"the stored blocking keys were made with the secret {stored.name!r}, the environment holds {other}; give "
            "the one they were made with, or make them anew (`pairlake run`)"
        )

    def _missing(self) -> NoReturn:
        raise SecretError(
            f"the stored blocking keys were made with the secret {self.name!r}, without which no key can be made or "
            "looked up; set [privacy] key_env to the environment variable that holds it"
        )
