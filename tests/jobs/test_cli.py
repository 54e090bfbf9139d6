"""The command line: what a person can mend is one message and exit code 2, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from features.catalogue import Catalogue
from features.kernel.diagnostics import Diagnosis
from features.kernel.recapture import ASSUMPTIONS, Estimate
from jobs import cli

PAGE = Path("docs/features.md")


def test_the_features_are_listed(catalogue: Catalogue, pairlake: Pairlake) -> None:
    code, out, err = pairlake("features")
    assert (code, err) == (0, "")
    assert all(feature.name in out for feature in catalogue.pair_features)
    assert f"{len(catalogue.pair_features)} features, catalogue {catalogue.fingerprint}" in out


def test_the_features_that_settings_choose_are_listed(tmp_path: Path, pairlake: Pairlake) -> None:
    settings = written(tmp_path, GOOD + '[catalogue]\nfeatures = ["name_equal"]\n')
    code, out, _ = pairlake("features", "--settings", settings)
    assert code == 0
    assert "1 features" in out
    assert "name_jaro_winkler" not in out


def test_an_unknown_feature_or_rule_is_refused_with_the_nearest(tmp_path: Path, pairlake: Pairlake) -> None:
    settings = written(tmp_path, GOOD + '[catalogue]\nfeatures = ["name_equl"]\n')
    assert "there is no pair feature 'name_equl'; did you mean 'name_equal'?" in refused(
        pairlake("features", "--settings", settings)
    )
    settings = written(tmp_path, GOOD + '[blocking]\nrules = ["lei_equals"]\n')
    assert "did you mean 'lei_equal'?" in refused(pairlake("features", "--settings", settings))
    settings = written(tmp_path, GOOD + '[catalogue]\nmodules = ["no.such.module"]\n')
    assert "module 'no.such.module', which cannot be imported" in refused(pairlake("features", "--settings", settings))


def test_the_page_of_features_is_in_step_with_the_catalogue(pairlake: Pairlake) -> None:
    assert pairlake("features", "--check", str(PAGE)) == (0, "", "")


def test_a_page_that_drifted_is_told_and_written_anew(tmp_path: Path, pairlake: Pairlake) -> None:
    page = tmp_path / "features.md"
    advice = f"{page} is out of date; `pairlake features --write {page}` renders it anew"
    assert advice in refused(pairlake("features", "--check", str(page)))
    assert pairlake("features", "--write", str(page))[0] == 0
    assert pairlake("features", "--check", str(page))[0] == 0
    page.write_text(page.read_text(encoding="utf-8").replace("name_equal", "name_same"), encoding="utf-8")
    assert advice in refused(pairlake("features", "--check", str(page)))


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path, pairlake: Pairlake) -> None:
    page = str(tmp_path / "no such folder" / "features.md")
    assert refused(pairlake("features", "--write", page)) == f"{page} cannot be written: No such file or directory"


def test_an_explanation_needs_a_lake_and_a_lookup_a_name(tmp_path: Path, pairlake: Pairlake) -> None:
    settings = written(tmp_path, GOOD)
    assert "no run has published to this lake yet" in refused(pairlake("explain", "a:1", "a:2", "--settings", settings))
    assert "the name to look up is empty" in refused(pairlake("lookup", " ", "--settings", settings))
    assert "no run has published" in refused(pairlake("runs", "--settings", settings))


def test_a_floor_that_cannot_be_is_told_with_the_settings(tmp_path: Path, pairlake: Pairlake) -> None:
    for floor in ("true", "[1]"):
        settings = written(tmp_path, GOOD + f"[prune]\nname_equal = {floor}\n")
        said = refused(pairlake("features", "--settings", settings))
        assert "prune.name_equal: wanted a number or the name of a state" in said


def test_an_error_that_was_not_foreseen_is_an_outline_unless_all_of_it_is_asked_for(
    pairlake: Pairlake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> None:
        raise ValueError("cannot read Jane Doe")

    monkeypatch.setattr(cli, "load", broken)
    code, out, err = pairlake("runs")
    assert (code, out) == (1, "")
    assert err.startswith("pairlake: an error that was not foreseen: ValueError at ")
    assert "Jane Doe" not in err
    monkeypatch.setenv(cli.TRACEBACK, "1")
    with pytest.raises(ValueError, match="Jane Doe"):
        pairlake("runs")


SCORE = ["score", "--pairs", "pairs.csv", "--out", "out"]


@pytest.mark.parametrize(
    "command", [["run"], ["plan"], ["runs"], ["lookup", "Acme"], ["features"], ["diagnose"], ["report"], SCORE]
)
def test_wrong_settings_are_one_message(tmp_path: Path, pairlake: Pairlake, command: list[str]) -> None:
    settings = written(tmp_path, GOOD.replace("columns", "colums"))
    said = refused(pairlake(*command, "--settings", settings))
    assert said == f"{settings}: source 'a': unknown key 'colums'; did you mean 'columns'?"


def test_settings_that_are_not_there_are_one_message(tmp_path: Path, pairlake: Pairlake) -> None:
    said = refused(pairlake("run", "--settings", str(tmp_path / "none.toml")))
    assert said == f"there is no settings file {tmp_path}/none.toml; jobs/settings/local.toml is an example"


def test_a_lookup_before_any_run_says_what_to_do(tmp_path: Path, pairlake: Pairlake) -> None:
    settings = written(tmp_path, GOOD)
    assert "`pairlake run` loads it" in refused(pairlake("lookup", "Acme", "--settings", settings))
    said = refused(pairlake("lookup", "Acme", "--field", "contry=FR", "--settings", settings))
    assert said == "'contry' is not a party field; did you mean 'country'?"
    said = refused(pairlake("lookup", "Acme", "--field", "country", "--settings", settings))
    assert said == "--field takes field=value, found no '=' in what was given"


@pytest.mark.parametrize("command", ["run", "refresh"])
@pytest.mark.parametrize(
    ("outcome", "code"), [("published", 0), ("kept the last version", 3), ("published, not online", 4)]
)
def test_a_run_that_ended_short_of_what_was_wanted_has_an_exit_code_of_its_own(
    tmp_path: Path, pairlake: Pairlake, monkeypatch: pytest.MonkeyPatch, command: str, outcome: str, code: int
) -> None:
    settings = written(tmp_path, GOOD + "[spark]\nprovided = true\n")
    monkeypatch.setattr(f"jobs.main_job.{command}", lambda *_: outcome)
    assert pairlake(command, "--settings", settings) == (code, "", "")


def test_rungs_that_are_none_or_out_of_order_are_refused(tmp_path: Path, pairlake: Pairlake) -> None:
    settings = written(tmp_path, GOOD + '[blocking]\nover_budget = ["keep", "refine"]\n')
    said = refused(pairlake("features", "--settings", settings))
    assert "blocking.over_budget: wanted each rung once and in the order refine, keep (found keep, refine)" in said
    settings = written(tmp_path, GOOD + '[blocking]\nover_budget = ["give_up"]\n')
    said = refused(pairlake("features", "--settings", settings))
    assert "blocking.over_budget.0: should be 'refine', 'drop_rules' or 'keep' (found 'give_up')" in said


def test_a_diagnosis_is_a_table_or_data_and_a_page_beside_either(
    tmp_path: Path, pairlake: Pairlake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs import main_job  # noqa: PLC0415  the command line needs no Spark

    nothing = Diagnosis({"left": 2, "right": 0}, 1, 0, 1.0, (), (), None, Estimate({}, ((), ()), (0, 0), 0, 0, "none"))
    monkeypatch.setattr(main_job, "diagnose", lambda *_, truth: (nothing, {"run_id": "a", "fingerprint": "b"}))
    monkeypatch.setattr(cli, "for_spark", lambda _: None)
    code, out, err = pairlake("diagnose", "--json", "--html", str(tmp_path / "page.html"))
    assert (code, err) == (0, "")
    assert json.loads(out)["estimate"]["assumptions"] == list(ASSUMPTIONS)
    assert json.loads(out)["made_by"]["run_id"] == "a"
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    code, out, _ = pairlake("diagnose")
    assert code == 0
    assert "0 pairs published of 1 that 2 records could make" in out
    page = str(tmp_path / "no such folder" / "page.html")
    assert "cannot be written" in pairlake("diagnose", "--html", page)[2]


@pytest.mark.spark
def test_scores_go_where_nothing_is(tmp_path: Path, pairlake: Pairlake) -> None:
    settings = written(tmp_path, GOOD)
    said = refused(pairlake("score", "--settings", settings, "--pairs", "pairs.csv", "--out", str(tmp_path)))
    assert said == f"{tmp_path} is there already; name another place with --out, or take it away"


@pytest.mark.spark
def test_a_run_without_java_says_what_to_install(tmp_path: Path) -> None:
    settings = written(tmp_path, GOOD)
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    said = without_java(settings, {"PATH": str(tmp_path)})
    assert said.startswith("there is no java on PATH. Spark needs Java 17 or newer. Install it (Debian, Ubuntu: ")
    said = without_java(settings, {"PATH": os.environ["PATH"], "JAVA_HOME": str(home)})
    assert said.startswith(f"JAVA_HOME is {home}, which has no bin/java. Spark needs Java 17 or newer.")


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is version 11"),
        ('java version "1.8.0_392"', "is version 8"),
        ("no such option", "does not say its version"),
    ],
)
def test_a_java_that_is_too_old_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str, found: str
) -> None:
    from features.spark.session import MachineError, check_java  # noqa: PLC0415  the command line needs no Spark

    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho '{shown}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MachineError, match=f"{java} {found}. Spark needs Java 17 or newer"):
        check_java()
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\"' >&2\n")
    check_java()


GOOD = """
mode = "dedupe"
lake = "LAKE"

[[sources]]
name = "a"
format = "csv"
path = "a.csv"
id = "id"
columns = { name = "name" }

"""

Answer = tuple[int, str, str]


class Pairlake:
    """The command line in this process: exit code, what it printed, and what it said was wrong."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        self.monkeypatch.setattr(sys, "argv", ["pairlake", *arguments])
        self.monkeypatch.setattr(cli.console, "_width", 300)
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = self.capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err


@pytest.fixture
def pairlake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pairlake:
    return Pairlake(monkeypatch, capsys)


def refused(answer: Answer) -> str:
    """The one message of a command that was refused."""
    code, out, err = answer
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert err.count("\n") == 1
    return err.strip().removeprefix("pairlake: ")


def without_java(settings: str, environment: dict[str, str]) -> str:
    """What a run says on a machine that has no Java, or an empty JAVA_HOME."""
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", "run", "--settings", settings],
        env={"HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    messages = [line for line in done.stderr.splitlines() if line.startswith("pairlake: ")]
    assert (done.returncode, len(messages)) == (2, 1)
    return messages[0].removeprefix("pairlake: ")


def written(folder: Path, text: str) -> str:
    path = folder / "run.toml"
    path.write_text(text.replace("LAKE", str(folder / "lake")), encoding="utf-8")
    return str(path)
