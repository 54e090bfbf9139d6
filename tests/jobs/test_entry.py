"""The job's entry point: arguments as spark-submit, EMR and Glue give them, secrets, and what fails a job."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from features.errors import PairlakeError
from features.run import KEPT, NOT_ONLINE
from features.settings import load
from features.store import feast_settings
from jobs import cli, entry
from jobs.secrets import SecretsError, put_into_environment

S3 = "s3://example-artefacts/settings/pipeline.toml"
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:pairlake-AbCdEf"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the command line was given."""
    given: list[list[str]] = []
    monkeypatch.setattr(cli, "app", lambda arguments, **_: given.append(list(arguments)))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    return given


OF_GLUE = [
    "--JOB_ID", "j_1", "--JOB_NAME", "pairlake-dev-pipeline", "--JOB_RUN_ID", "jr_1", "--job-bookmark-option",
    "job-bookmark-disable", "--TempDir", "s3://temporary/", "--enable-metrics", "true", "--enable-continuous-log",
    "--python-modules-installer-option", "--no-index", "--extra-py-files", "s3://b/bundles/1/pairlake.zip",
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["run", "--settings", S3], ["run", "--settings", S3]),
        (["run", "--settings", S3, "--region", "eu-west-1"], ["run", "--settings", S3]),
        (["score", "--pairs", "s3://b/p.csv", "--out", "s3://b/o"], ["score", "--pairs", "s3://b/p.csv", "--out", "s3://b/o"]),
        ([*OF_GLUE, "--command", "run", "--settings", S3], ["run", "--settings", S3]),
        (["--command=refresh", f"--settings={S3}", *OF_GLUE], ["refresh", "--settings", S3]),
        (["--command", "outbox replay", *OF_GLUE, "--settings", S3], ["outbox", "replay", "--settings", S3]),
        (["--command", "score --pairs 's3://b/a b.csv'"], ["score", "--pairs", "s3://b/a b.csv"]),
    ],
)  # fmt: skip
def test_the_command_line_gets_the_same_arguments_from_every_platform(
    commands: list[list[str]], arguments: Sequence[str], command: list[str]
) -> None:
    assert entry.start(arguments) == 0
    assert commands == [command]


def test_the_region_is_told_to_all_libraries(commands: list[list[str]]) -> None:
    entry.start([*OF_GLUE, "--command", "run", "--region", "eu-west-1"])
    assert {os.environ["AWS_REGION"], os.environ["AWS_DEFAULT_REGION"]} == {"eu-west-1"}


def test_settings_that_are_not_there_fail_the_job(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.start([*OF_GLUE, "--command", "run", "--settings", "nowhere.toml"]) == 2
    assert "there is no settings file nowhere.toml" in capsys.readouterr().err


def test_a_command_that_does_not_exist_fails_the_job() -> None:
    assert entry.start(["--command", "frobnicate", *OF_GLUE]) == 2


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(SystemExit(0), 0), (SystemExit(cli.EXIT_CODES[NOT_ONLINE]), 0), (SystemExit(cli.EXIT_CODES[KEPT]), 3)]
    + [(SystemExit(2), 2), (PairlakeError("told"), 2), (ValueError("not foreseen"), 1)],
)
def test_a_job_succeeds_when_it_published(monkeypatch: pytest.MonkeyPatch, outcome: BaseException, code: int) -> None:
    def ends(*_: Any, **__: Any) -> None:
        raise outcome

    monkeypatch.setattr(cli, "app", ends)
    assert entry.start(["run"]) == code


class Manager:
    """Secrets Manager, with one secret."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803  boto3's name
        if SecretId != ARN:
            raise ValueError(self._value)
        return {"SecretString": self._value}


def test_a_secret_s_pairs_are_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRLAKE_KEY", "old")
    put_into_environment([ARN], Manager(json.dumps({"PAIRLAKE_KEY": "from the manager"})))
    assert os.environ["PAIRLAKE_KEY"] == "from the manager"


@pytest.mark.parametrize("value", ["plain-secret", '["secret"]', '{"A": {"secret": 1}}', '{"not a name": "secret"}'])
def test_a_secret_that_is_no_set_of_variables_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(SecretsError, match="no object of texts|no environment variable") as refused:
        put_into_environment([ARN], Manager(value))
    assert "secret" not in str(refused.value).replace("the secret", "").replace(
        "secretsmanager:eu-west-1:111122223333:secret:", ""
    )


def test_a_secret_that_cannot_be_read_fails_the_job_before_anything_is_read(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.secrets._client", lambda _: Manager("not to be told"))
    assert entry.start(["run", "--secrets", ARN + "x"]) == 2
    assert commands == []
    told = capsys.readouterr().err
    assert "cannot be read: ValueError" in told
    assert "not to be told" not in told


def test_the_settings_to_begin_with_are_for_a_platform_and_hold_no_secret() -> None:
    folder = Path(__file__).parents[2] / "jobs/settings"
    settings = load(folder / "aws.toml")
    assert settings.spark.provided
    store = feast_settings.read(folder / "feature_store.yaml", settings.lake, ("dynamodb",))
    assert store["registry"]["path"].startswith(settings.lake)
