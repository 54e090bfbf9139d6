#!/usr/bin/env python3
"""Brings a bundle to an environment: upload, canary, promote, status, rollback.

    infra/release.py upload ENV FOLDER    # to bundles/VERSION/ of the artefacts; prints VERSION, the hash of its bytes
    infra/release.py canary ENV VERSION   # runs it on the sample, in a lake of its own; fails when its gates do
    infra/release.py promote ENV VERSION  # what the schedule starts from now on; refused unless the canary came through
    infra/release.py status ENV           # which version is in force, which are good, which one was tried
    infra/release.py rollback ENV         # back to the last good one (a failed run does so by itself), or, where that
                                          # is in force, to the good one before it

Wants boto3 and the credentials of a role that may release (`role_arns.release` of infra/terraform's outputs), and the
name of the artefacts' bucket in PAIRLAKE_ARTEFACTS.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

WANTED = ("entry.py", "pairlake.zip")
"""What every bundle holds; environment.tar.gz (EMR) or wheels.gluewheels.zip (Glue) lies beside."""
NONE = "none"


class ReleaseError(Exception):
    """What was found, what was wanted, what to do."""


def upload(folder: Path, bucket: str) -> str:
    """Put a bundle under its version, the hash of names and bytes; one that is there already is left as it is."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    missing = [name for name in WANTED if folder / name not in files]
    if missing:
        raise ReleaseError(
            f"{folder} is no bundle: {', '.join(missing)} is missing; name the folder a bundle was made in"
        )
    version = version_of(folder, files)
    s3 = boto3.client("s3")
    for path in files:
        s3.upload_file(str(path), bucket, f"bundles/{version}/{path.relative_to(folder).as_posix()}")
    return version


def version_of(folder: Path, files: list[Path]) -> str:
    """Sixteen hex digits that follow from the names and bytes of the files alone."""
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        whole.update(f"{digest}  {path.relative_to(folder).as_posix()}\n".encode())
    return whole.hexdigest()[:16]


def canary(environment: str, version: str, *, every: float = 30, at_most: float = 3.5 * 3600) -> None:
    """Run a version on the sample and wait for its end; ReleaseError when it fails."""
    machines = boto3.client("stepfunctions")
    arn = _machine_arn(f"pairlake-{environment}-canary")
    given = json.dumps({"command": "run", "bundle": version})
    execution = machines.start_execution(stateMachineArn=arn, input=given)["executionArn"]
    until = time.monotonic() + at_most
    while (status := machines.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        if time.monotonic() > until:
            raise ReleaseError(f"the canary of {version} still runs after {at_most:.0f} s; look at {execution}")
        time.sleep(every)
    if status != "SUCCEEDED":
        raise ReleaseError(f"the canary of {version} ended as {status}: nothing was moved in; look at {execution}")


def promote(environment: str, version: str) -> None:
    """Let the schedule start a version; ReleaseError unless the canary last came through with it."""
    tried = _get(environment, "tried")
    if tried != version:
        raise ReleaseError(f"the canary last came through with {tried}, not {version}; run `canary` with it first")
    _put(environment, "in-force", version)


def rollback(environment: str) -> str:
    """Let the schedule start the last good version again; which one that is.

    Where it is in force already, it ran well and is wrong all the same: the one before it is the good one from now on,
    so that neither a second rollback nor a run that fails brings the wrong one back.
    """
    force, good = _get(environment, "in-force"), _get(environment, "good")
    if good == NONE:
        raise ReleaseError(f"no run of {environment} has come through yet, so there is nothing to go back to")
    if good == force:
        good = _get(environment, "before")
        if good in (NONE, force):
            raise ReleaseError(f"{force} is in force and no other good one is known; promote an older version")
        _put(environment, "good", good)
    _put(environment, "in-force", good)
    return good


def status(environment: str) -> dict[str, str]:
    """The versions in force, last good, good before that, and last tried; `none` where there is none."""
    return {name: _get(environment, name) for name in ("in-force", "good", "before", "tried")}


def _get(environment: str, name: str) -> str:
    parameter = boto3.client("ssm").get_parameter(Name=f"/pairlake-{environment}/bundle/{name}")["Parameter"]
    return str(parameter["Value"])


def _put(environment: str, name: str, version: str) -> None:
    boto3.client("ssm").put_parameter(Name=f"/pairlake-{environment}/bundle/{name}", Value=version, Overwrite=True)


def _machine_arn(name: str) -> str:
    caller = boto3.client("sts").get_caller_identity()
    partition, account = caller["Arn"].split(":")[1], caller["Account"]
    return f"arn:{partition}:states:{boto3.session.Session().region_name}:{account}:stateMachine:{name}"


def _bucket() -> str:
    bucket = os.environ.get("PAIRLAKE_ARTEFACTS", "").removeprefix("s3://")
    if not bucket:
        raise ReleaseError(
            "PAIRLAKE_ARTEFACTS is not set; wanted the name of the bucket, Terraform's output `artefacts`"
        )
    return bucket


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("upload", "canary", "promote", "status", "rollback"))
    parser.add_argument("environment", choices=("dev", "staging", "prod"))
    parser.add_argument("what", nargs="?", help="the folder of a bundle, or a version")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 where the environment refused, 2 where the command was wrong."""
    given = _parser().parse_args(arguments)
    if given.action in ("upload", "canary", "promote") and not given.what:
        print(f"{given.action} wants {'a folder' if given.action == 'upload' else 'a version'}", file=sys.stderr)
        return 2
    actions: dict[str, Callable[[], Any]] = {
        "upload": lambda: upload(Path(given.what), _bucket()),
        "canary": lambda: canary(given.environment, given.what),
        "promote": lambda: promote(given.environment, given.what),
        "status": lambda: status(given.environment),
        "rollback": lambda: rollback(given.environment),
    }
    try:
        told = actions[given.action]()
    except (ReleaseError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    if told:
        print("\n".join(f"{name}: {version}" for name, version in told.items()) if isinstance(told, dict) else told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
