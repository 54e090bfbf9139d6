"""Where a cluster starts: the command line `pairlake` on the session that the platform brings.

    spark-submit … entry.py COMMAND --settings s3://…            # EMR Serverless too
    … --JOB_NAME … --command COMMAND --settings s3://… …         # Glue, which adds many arguments of its own

A COMMAND may bring options: `--command "score --pairs s3://… --out s3://…"`. `--region` and `--secrets` are of this
file alone: the region of AWS, and the ids of secrets that are put into the environment (`jobs.secrets`), with commas
between them.

A job succeeds when what it was to publish is in force, also where the load of the online store waits in the outbox
(exit code 4 of `pairlake`); every other exit code fails it.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from features.run import NOT_ONLINE
from features.storage import REGION
from jobs import cli
from jobs.secrets import put_into_environment


def start(arguments: Sequence[str]) -> int:
    """Run a command as a job; the exit code of the job."""
    ours, command = _parsed(arguments)
    if ours.region:
        os.environ.update(dict.fromkeys(REGION, ours.region))

    def run() -> None:
        put_into_environment([id for id in ours.secrets.split(",") if id])
        cli.app(command, prog_name="pairlake")

    code = cli.told(run)
    if code != cli.EXIT_CODES[NOT_ONLINE]:
        return code
    print("pairlake: published; the load of the online store waits in the outbox", file=sys.stderr)
    return 0


def _parsed(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and the arguments of the command line. Of Glue's, those that are not ours are left aside."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--region", default="")
    parser.add_argument("--secrets", default="")
    ours, command = parser.parse_known_args(arguments)
    glue = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    glue.add_argument("--command")
    glue.add_argument("--settings")
    given, _ = glue.parse_known_args(command)
    if given.command is None:
        return ours, command
    return ours, [*shlex.split(given.command), *(("--settings", given.settings) if given.settings else ())]


if __name__ == "__main__":
    ended = start(sys.argv[1:])
    if ended:  # Glue takes every SystemExit for a failure
        sys.exit(ended)
