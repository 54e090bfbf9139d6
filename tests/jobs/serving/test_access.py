"""Who calls is known by a token that is told nowhere, or by a hook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from features.outputs import Serve
from features.settings import SettingsError
from jobs.serving.access import ANYBODY, Authenticate, of_settings

ONE, TWO, THREE = (letter * 40 for letter in "abc")


def tokens(text: str) -> Authenticate:
    return of_settings(Serve(tokens_env="TOKENS"), {"TOKENS": text})


def who(authenticate: Authenticate, header: str | None) -> str | None:
    return authenticate("POST", "/v1/lookup", {} if header is None else {"authorization": header}, b"{}")


def test_a_token_says_who_calls_and_nothing_else_does() -> None:
    known = tokens(f"kyc:{ONE} screening:{TWO}")
    assert who(known, f"Bearer {ONE}") == "kyc"
    assert who(known, f"bearer {TWO}") == "screening"
    for header in (
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {ONE[:-1]}",
        f"Bearer {ONE}x",
        f"Basic {ONE}",
        ONE,
        "Bearer \udcff",
    ):
        assert who(known, header) is None


def test_a_caller_may_have_two_tokens_while_one_is_changed_for_the_other() -> None:
    known = tokens(f"kyc:{ONE}\nkyc:{TWO}\n")
    assert who(known, f"Bearer {ONE}") == who(known, f"Bearer {TWO}") == "kyc"


def test_tokens_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"kyc:{ONE}\n", encoding="utf-8")
    assert who(of_settings(Serve(tokens_file=str(file))), f"Bearer {ONE}") == "kyc"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "environment variable TOKENS is not set"),
        ("  \n", "holds no token"),
        (f"kyc:{ONE} {TWO}", "entry 2 is not name:token"),
        ("kyc:secret", "the token of 'kyc' has 6 characters; wanted 32 or more"),
        (f"kyc:{ONE} other:{ONE}", "'other' and 'kyc' have the same token"),
    ],
)
def test_tokens_that_will_not_do_are_refused_and_never_quoted(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as refused:
        tokens(text)
    assert not any(secret in str(refused.value) for secret in (ONE, TWO, "secret"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="tokens_file: .* cannot be read: No such file"):
        of_settings(Serve(tokens_file=str(tmp_path / "none")))


def test_a_hook_sees_the_request_as_it_came() -> None:
    authenticate = of_settings(Serve(auth=f"{__name__}:signed", host="0.0.0.0"))
    assert authenticate("POST", "/v1/lookup", {"x-signature": "4"}, b"body") == "POST /v1/lookup"
    assert authenticate("POST", "/v1/lookup", {"x-signature": "5"}, b"body") is None


def signed(method: str, path: str, headers: dict[str, str], body: bytes) -> str | None:
    return f"{method} {path}" if headers["x-signature"] == str(len(body)) else None


@pytest.mark.parametrize("named", ["no.such.module:name", f"{__name__}:nothing", f"{__name__}:ONE"])
def test_a_hook_that_cannot_be_had_is_refused(named: str) -> None:
    with pytest.raises(SettingsError, match=r"\[serve\] auth: "):
        of_settings(Serve(auth=named))


def test_where_nobody_is_asked_everybody_is_local() -> None:
    assert who(of_settings(Serve()), None) == ANYBODY


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"host": "0.0.0.0"}, "asks nobody who they are; set tokens_env, tokens_file or auth"),
        ({"host": "example.org"}, "asks nobody who they are"),
        ({"tokens_env": "A", "auth": "a:b"}, "has tokens_env and auth; wanted one of them"),
        ({"burst": 10}, "burst 10 is below max_batch 100"),
        ({"prot": 1}, "unknown key 'prot'; did you mean 'port'"),
        ({"auth": "os.system('x')"}, "pattern"),
    ],
)
def test_settings_that_would_leave_the_door_open_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Serve.model_validate(keys)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_this_machine_alone_may_be_listened_to_without(host: str) -> None:
    assert Serve(host=host).host == host
