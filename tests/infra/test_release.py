"""A bundle on its way: tried by the canary, moved in, kept when a run comes through, taken back when it does not.

The state machines are those that Terraform made, run by the emulator; a stand-in takes the place of the job alone, as
nothing emulates Glue's and EMR's own: it comes through when a parameter with the bundle's name is there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

STAND_IN = {
    "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
    "Parameters": {"Name.$": "States.Format('/comes-through/{}', $.bundle)"},
}


@pytest.fixture
def machines(aws: Any) -> Iterator[dict[str, str]]:
    """ARNs of the machines, pipeline and canary, with the stand-in for the job; no bundle in force."""
    states, ssm = aws("stepfunctions"), aws("ssm")
    arns = {machine["name"]: machine["stateMachineArn"] for machine in states.list_state_machines()["stateMachines"]}
    found = {"pipeline": arns["pairlake-dev"], "canary": arns["pairlake-dev-canary"]}
    before = {}
    for arn in found.values():
        before[arn] = states.describe_state_machine(stateMachineArn=arn)["definition"]
        definition = json.loads(before[arn])
        run = definition["States"]["Run"]
        run |= STAND_IN
        run["Retry"][0]["IntervalSeconds"] = 1
        if settle := definition["States"].get("Settle"):
            settle["Seconds"] = 0
        states.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
    for name in ("in-force", "good", "before", "tried"):
        ssm.put_parameter(Name=f"/pairlake-dev/bundle/{name}", Value="none", Overwrite=True)
    yield found
    for arn, definition in before.items():
        states.update_state_machine(stateMachineArn=arn, definition=definition)


def comes_through(aws: Any, version: str) -> None:
    aws("ssm").put_parameter(Name=f"/comes-through/{version}", Value="yes", Type="String", Overwrite=True)


def run(aws: Any, arn: str, **given: str) -> tuple[str, list[str]]:
    """How an execution ended, and the states it went through."""
    states = aws("stepfunctions")
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
    until = time.monotonic() + 60
    while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        assert time.monotonic() < until, "the execution does not end"
        time.sleep(0.2)
    events = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return status, [
        event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event
    ]


def test_a_good_bundle_is_tried_moved_in_run_and_kept(
    aws: Any,
    machines: dict[str, str],
    release: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PAIRLAKE_ARTEFACTS", "s3://example-pairlake-dev-artefacts")
    for name in release.WANTED:
        (tmp_path / name).write_bytes(name.encode())
    assert release.main(["upload", "dev", str(tmp_path)]) == 0
    version = capsys.readouterr().out.strip()
    listed = aws("s3").list_objects_v2(Bucket="example-pairlake-dev-artefacts", Prefix=f"bundles/{version}/")
    assert {o["Key"].rsplit("/", 1)[1] for o in listed["Contents"]} == set(release.WANTED)

    comes_through(aws, version)
    release.canary("dev", version, every=0.2)
    assert release.main(["promote", "dev", version]) == 0
    assert release.status("dev") == {"in-force": version, "good": "none", "before": "none", "tried": version}
    assert run(aws, machines["pipeline"], command="refresh")[0] == "SUCCEEDED"
    assert release.status("dev")["good"] == version


def test_upkeep_that_comes_through_does_not_make_a_bundle_a_good_one(
    aws: Any, machines: dict[str, str], release: ModuleType
) -> None:
    comes_through(aws, "new")
    release._put("dev", "in-force", "new")
    assert run(aws, machines["pipeline"], command="maintain")[0] == "SUCCEEDED"
    assert release.status("dev")["good"] == "none"


def test_a_bundle_whose_canary_fails_is_not_moved_in(
    aws: Any, machines: dict[str, str], release: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(release.ReleaseError, match="nothing was moved in"):
        release.canary("dev", "broken", every=0.2)
    assert release.main(["promote", "dev", "broken"]) == 1
    assert "run `canary` with it first" in capsys.readouterr().err
    assert release.status("dev") == dict.fromkeys(("in-force", "good", "before", "tried"), "none")


def test_a_new_bundle_that_fails_is_taken_back_by_itself(
    aws: Any, machines: dict[str, str], release: ModuleType
) -> None:
    comes_through(aws, "one")
    release._put("dev", "in-force", "one")
    assert run(aws, machines["pipeline"], command="run")[0] == "SUCCEEDED"
    release._put("dev", "in-force", "two")
    status, went = run(aws, machines["pipeline"], command="run")
    assert status == "FAILED"
    assert went.count("Run") == 1  # one state, which tries again by itself
    assert went[-3:] == ["GoBack", "RolledBack", "End"]
    assert release.status("dev") == {"in-force": "one", "good": "one", "before": "none", "tried": "none"}


def test_a_command_that_somebody_gave_takes_no_bundle_back(
    aws: Any, machines: dict[str, str], release: ModuleType
) -> None:
    release._put("dev", "in-force", "two")
    release._put("dev", "good", "one")
    status, went = run(aws, machines["pipeline"], command="outbox replay --nowhere")
    assert status == "FAILED"
    assert went[-2:] == ["Failed", "End"]
    assert release.status("dev")["in-force"] == "two"


def promoted_meanwhile(aws: Any, arn: str, version: str) -> None:
    """Have a version moved in after a run has taken its bundle."""
    states = aws("stepfunctions")
    definition = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    definition["States"]["Take"]["Next"] = "Meanwhile"
    definition["States"]["Meanwhile"] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter",
        "Parameters": {"Name": "/pairlake-dev/bundle/in-force", "Value": version, "Overwrite": True},
        "ResultPath": None,
        "Next": "Run",
    }
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))


def test_a_bundle_that_was_moved_in_while_another_failed_stays(
    aws: Any, machines: dict[str, str], release: ModuleType
) -> None:
    release._put("dev", "in-force", "two")
    release._put("dev", "good", "one")
    promoted_meanwhile(aws, machines["pipeline"], "three")
    status, went = run(aws, machines["pipeline"], command="run")
    assert status == "FAILED"
    assert went[-2:] == ["Failed", "End"]
    assert release.status("dev")["in-force"] == "three"


def test_a_bundle_that_was_moved_out_while_it_ran_does_not_become_the_good_one(
    aws: Any, machines: dict[str, str], release: ModuleType
) -> None:
    comes_through(aws, "rejected")
    release._put("dev", "in-force", "rejected")
    release._put("dev", "good", "one")
    promoted_meanwhile(aws, machines["pipeline"], "one")
    assert run(aws, machines["pipeline"], command="run")[0] == "SUCCEEDED"
    assert release.status("dev")["good"] == "one"


def test_a_bundle_that_ran_well_before_stays_when_a_run_fails(
    aws: Any, machines: dict[str, str], release: ModuleType
) -> None:
    release._put("dev", "in-force", "one")
    release._put("dev", "good", "one")
    aws("ssm").delete_parameters(Names=["/comes-through/one"])
    status, went = run(aws, machines["pipeline"], command="run")
    assert status == "FAILED"
    assert went[-2:] == ["Failed", "End"]
    assert release.status("dev")["in-force"] == "one"


def test_a_bundle_that_is_not_good_yet_is_left_for_the_good_one(
    machines: dict[str, str], release: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, version in {"in-force": "two", "good": "one", "before": "zero"}.items():
        release._put("dev", name, version)
    assert release.main(["rollback", "dev"]) == 0
    assert capsys.readouterr().out.strip() == "one"
    assert release.status("dev") == {"in-force": "one", "good": "one", "before": "zero", "tried": "none"}


def test_a_good_bundle_whose_numbers_are_wrong_is_left_for_the_one_before_and_does_not_come_back(
    aws: Any, machines: dict[str, str], release: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("one", "two", "two"):
        comes_through(aws, version)
        release._put("dev", "in-force", version)
        assert run(aws, machines["pipeline"], command="run")[0] == "SUCCEEDED"
    assert release.status("dev") == {"in-force": "two", "good": "two", "before": "one", "tried": "none"}
    assert release.main(["rollback", "dev"]) == 0
    assert capsys.readouterr().out.strip() == "one"
    aws("ssm").delete_parameters(Names=["/comes-through/one"])  # a source is late, say
    assert run(aws, machines["pipeline"], command="run")[0] == "FAILED"
    assert release.main(["rollback", "dev"]) == 1
    assert "promote an older version" in capsys.readouterr().err
    assert release.status("dev") == {"in-force": "one", "good": "one", "before": "one", "tried": "none"}


def test_there_is_nothing_to_go_back_to_before_the_first_run(
    machines: dict[str, str], release: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main(["rollback", "dev"]) == 1
    assert "nothing to go back to" in capsys.readouterr().err


def test_a_folder_that_is_no_bundle_is_refused_before_anything_is_sent(release: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "entry.py").write_text("", encoding="utf-8")
    with pytest.raises(release.ReleaseError, match=r"pairlake\.zip is missing"):
        release.upload(tmp_path, "no-such-bucket")


def test_the_version_of_a_bundle_follows_from_its_bytes_alone(release: ModuleType, tmp_path: Path) -> None:
    versions = []
    for folder, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / folder / "sub").mkdir(parents=True)
        (tmp_path / folder / "sub" / "file").write_text(text, encoding="utf-8")
        files = [tmp_path / folder / "sub" / "file"]
        versions.append(release.version_of(tmp_path / folder, files))
    assert versions[0] == versions[1] != versions[2]


def test_a_run_that_is_not_listed_yet_waits_until_it_is(aws: Any, machines: dict[str, str]) -> None:
    states, arn = aws("stepfunctions"), machines["pipeline"]
    definition = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    definition["States"]["Queue"]["Parameters"]["StatusFilter"] = "TIMED_OUT"  # of which there are none
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps({"command": "run"}))["executionArn"]
    time.sleep(2)
    try:
        assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    finally:
        states.stop_execution(executionArn=execution)


def test_of_two_runs_that_start_at_once_one_waits_for_the_other(aws: Any, machines: dict[str, str]) -> None:
    states, arn = aws("stepfunctions"), machines["pipeline"]
    definition = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    definition["States"]["Run"] = {"Type": "Wait", "Seconds": 3, "Next": "Keep"}
    definition["States"]["Wait"]["Seconds"] = 1
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
    both = []
    for _ in range(2):
        started = states.start_execution(stateMachineArn=arn, input=json.dumps({"command": "run"}))
        both.append(started["executionArn"])
        time.sleep(0.3)  # the emulator lists executions by when they started
    at_work = []
    for execution in both:
        while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
            time.sleep(0.2)
        events = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        entered = {
            e["stateEnteredEventDetails"]["name"]: e["timestamp"] for e in events if "stateEnteredEventDetails" in e
        }
        at_work.append((entered["Run"], entered["Keep"], "Wait" in entered))
    (_, first_ended, first_waited), (second_began, _, second_waited) = at_work
    assert not first_waited
    assert second_waited
    assert first_ended <= second_began
