"""Environments, workflows and runbook: what no tool checks by itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TERRAFORM = ROOT / "infra/terraform"
ENVIRONMENTS = ("dev", "staging", "prod")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def assigned(file: Path) -> dict[str, str]:
    """What a file of variables gives, by name, as text."""
    return dict(re.findall(r"^(\w+)\s*=\s*(.+)$", file.read_text(encoding="utf-8"), re.MULTILINE))


def test_environments_differ_in_the_values_of_the_same_variables_alone() -> None:
    of = {name: assigned(TERRAFORM / "envs" / name / "environment.tfvars") for name in ENVIRONMENTS}
    assert {path.name for path in (TERRAFORM / "envs").iterdir()} == set(ENVIRONMENTS)
    assert len({frozenset(values) for values in of.values()}) == 1
    assert {name: values["environment"].strip('"') for name, values in of.items()} == {n: n for n in ENVIRONMENTS}
    for name in ENVIRONMENTS:
        files = {path.name for path in (TERRAFORM / "envs" / name).iterdir()}
        assert files == {"backend.hcl", "environment.tfvars"}


def test_no_environment_shares_the_state_of_another() -> None:
    keys = {assigned(TERRAFORM / "envs" / name / "backend.hcl")["key"] for name in ENVIRONMENTS}
    assert keys == {f'"pairlake-{name}/terraform.tfstate"' for name in ENVIRONMENTS}


@pytest.mark.parametrize("module", [path.name for path in (TERRAFORM / "modules").iterdir()])
def test_every_variable_and_output_says_what_it_is(module: str) -> None:
    for file in ("variables.tf", "outputs.tf"):
        text = (TERRAFORM / "modules" / module / file).read_text(encoding="utf-8")
        declared = re.findall(r'^(?:variable|output) "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
        assert declared
        assert [name for name, body in declared if "description" not in body] == []


def test_the_runbook_has_a_part_for_every_alarm() -> None:
    alarms = (TERRAFORM / "modules/observability/alarms.tf").read_text(encoding="utf-8")
    of_runs = re.search(r"of_runs = \{(.*?)\n  \}\n", alarms, re.DOTALL)
    assert of_runs
    named = set(re.findall(r"^    ([\w-]+) = \{$", of_runs[1], re.MULTILINE))
    named |= {"run-failed", "canary-failed", "run-aborted", "canary-aborted", "not-started", "cost"}
    named |= {"throttled-online_entities", "throttled-blocking_index"}
    parts = re.findall(r"^## (.+)$", (ROOT / "docs/runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    written = {name.strip() for part in parts for name in part.split(",")}
    assert named >= {"stale", "gate-failed", "quarantined", "fallback", "slow"}
    assert named - written == set()


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_no_more_than_it_says_and_keeps_no_key(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    workflow: dict[Any, Any] = yaml.safe_load(text)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    assert "secrets." not in text
    for job in workflow["jobs"].values():
        may = job.get("permissions", {})
        assert set(may.items()) <= {("contents", "read"), ("id-token", "write")}
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert re.search(r"@v\d+$", step.get("uses", "@v1")), "an action is pinned to a major version"
            # What a person typed reaches a shell as a variable, never as a piece of the command.
            assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.stem)
def test_what_a_workflow_makes_can_be_made_here(file: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wanted = set(
        re.findall(r"make ([a-z0-9-]+)", "\n".join(re.findall(r"run: .*|^ {10}.*", file.read_text(), re.MULTILINE)))
    )
    assert wanted - targets == set()


def test_what_changes_an_environment_waits_for_its_approval() -> None:
    for name in ("apply", "release"):
        workflow = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))
        assert all("environment" in job for job in workflow["jobs"].values())
