"""Marked personal data in every field, and a search for it in all that a run says, logs, reports and publishes.

A further command is a line in `seeded`, or in the test of operations where it takes long; a further table or folder of
the lake is searched unless it is listed in HOLD_VALUES.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from features.keying import Keying
from features.lake import Lake
from features.sections import Privacy
from features.settings import Settings, load
from features.store.lookup import Lookup
from features.tables import BLOCKING_INDEX, PARTY_FIELDS, RUN_MANIFEST
from jobs import cli, quarantined
from jobs.online import open_served
from jobs.pipeline import Pipeline
from jobs.serving import logs
from jobs.serving.access import of_settings
from jobs.serving.application import application
from jobs.serving.current import Current
from jobs.serving.figures import Figures
from jobs.serving.logs import JsonLines

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

MARKED: dict[str, str] = {
    "name": "Quorvexal Tindremo",
    "aliases": "Zembuliki",
    "party_type": "zplornish",
    "address": "17 Vrendolimstrasse",
    "city": "Ombrelthwick",
    "region": "Kaldivornia",
    "postal_code": "9753ZQX",
    "country": "Wexlandia",
    "incorporation_date": "1907-08-23",
    "birth_date": "1913-11-29",
    "lei": "5299ZQMARKERLEI00744",
    "bic": "ZQMKDEFF",
    "isin": "DE000ZQMK771",
    "registration_number": "HRB 8642097531",
    "tax_id": "DE 975318642",
    "web_domain": "vortessimark.example",
    "email": "quellmark@vortessimark.example",
    "phone": "+49 69 97531864",
    "given_name": "Hyldegrune",
    "family_name": "Fjordmarkel",
}
"""A value for each party field that stands nowhere else."""

BROKEN = {"city": "Nothingtomatch", "name": "Swivelquist", "email": "Grandlethorpe", "birth_date": "Umbrafelt"}
WHERE, EXAMPLE, QUERY, TYPED = "Statuzebrine", "Exemplorquist", "Querystramble", "Typedwranglemoor"
SECRET = "Secretvolumptious of more than thirty-two characters"
ID = "idzqmark"

WORDS = [word for value in (*MARKED.values(), *BROKEN.values()) for word in re.split(r"[ @.]", value) if len(word) > 4]
WORDS += [MARKED["phone"][-8:], "97531864", *(value.replace("-", "") for value in MARKED.values() if "-" in value)]
WORDS += ["vrendolim", WHERE, EXAMPLE, QUERY, TYPED, SECRET.split(maxsplit=1)[0]]
LEAKS = re.compile("|".join(sorted({re.escape(word.casefold()) for word in WORDS} - {"example"})))

HOLD_VALUES = {
    "raw_entities",
    "standardised_entities",
    "entity_features",
    "token_statistics",
    "split_points",
    "online_entities",
    "quarantine",
    "corrections",
    "staged",
    "feast",
}
"""What docs/privacy.md says holds values of records. Logs of their commits hold none."""

NAME_RECORDS = {"run", "diagnose", "explain", "lookup", "score", "quarantine", "training-set", "service", "erase"}
"""Commands that name records by their ids."""


@dataclass
class Seeded:
    """A lake made of marked records, and what was said while it was made and used: (command, text)."""

    root: Path
    said: list[tuple[str, str]] = field(default_factory=list)
    codes: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        return self.root / "run.toml"

    def write(self, **changed: str) -> None:
        """The settings, with some of their lines changed."""
        columns = "\n".join(f'{name} = "{name}"' for name in PARTY_FIELDS)
        lines = {
            "where": f'where = {{ status = "{WHERE}" }}',
            "gates": "max_quarantined_share = 0.9",
            "blocking": "",
            "key_id": "1",
            **changed,
        }
        self.settings.write_text(
            f'mode = "dedupe"\nlake = "{self.root / "lake"}"\n[[sources]]\nname = "s"\nformat = "csv"\nid = "id"\n'
            f'path = "{self.root / "s.csv"}"\n{lines["where"]}\n[sources.columns]\n{columns}\n'
            '[catalogue]\nfeatures = ["name_jaro_winkler", "birth_date_alignment", "incorporation_date_alignment"]\n'
            f"[gates]\n{lines['gates']}\n[blocking]\n{lines['blocking']}\n"
            f'[online.example]\nname = "{EXAMPLE}"\n[privacy]\nkey_env = "PAIRLAKE_KEY"\nkey_id = "{lines["key_id"]}"\n'
            "[spark]\nprovided = true\n"
            f'[metrics]\nfile = "{self.root / "metrics.prom"}"\n[lineage]\nfile = "{self.root / "lineage.jsonl"}"\n',
            encoding="utf-8",
        )

    def write_mended(self) -> None:
        """The rows in quarantine, of which one is as its source wrote it and still breaks a rule."""
        rows = [quarantined.told(row, reveal=True) for row in quarantined.rejected(Lake(str(self.root / "lake")))]
        broken = [row for row in rows if row["reasons"] == ["nothing_to_match_on"]]
        text = json.dumps([{**row, "row": {**row["row"], "region": BROKEN["city"]}} for row in broken])
        (self.root / "mended.json").write_text(text, encoding="utf-8")

    def rows(self) -> list[dict[str, str]]:
        """Good records that make pairs, and one for each way in which a row can be broken."""
        good = [{"id": f"{ID}{n}", **MARKED} for n in range(3)]
        plain = [{"id": f"plain{n}", "name": f"Harbour {n} Bank", "country": "DE"} for n in range(14)]
        bad = {name: f"{word} not {name}" for name, word in zip(PARTY_FIELDS, BROKEN.values(), strict=False)}
        broken = [
            {"id": f"{ID}4", **{name: f"{BROKEN['birth_date']} {name}" for name in PARTY_FIELDS}},
            {"id": f"{ID}5", "city": BROKEN["city"]},
            {"id": f"{ID}6", "name": BROKEN["name"]},
            {"id": f"{ID}6", "name": BROKEN["name"] + " Twin"},
            {"id": f"{ID}7", "name": (BROKEN["email"] + " ") * 400},
            {"id": "", **bad},
            {"id": f"{ID}8", "name": BROKEN["name"] + " \ufffd"},
        ]
        return [{**row, "status": WHERE} for row in (*good, *plain, *broken)]

    def write_source(self, rows: list[dict[str, str]], *, rest: str = "") -> None:
        names = ["id", "status", *PARTY_FIELDS]
        with (self.root / "s.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, names, restval="")
            out.writeheader()
            out.writerows(rows)
            file.write(f"{ID}9,{WHERE},{BROKEN['name']},too few\n{rest}")


def ask_the_service(lake: Seeded) -> None:
    """Requests of every kind, those that fail too; kept are the answers, the log and the figures."""
    settings, log = load(lake.settings), io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonLines())
    current = Current(lambda: open_served(settings), 3600)
    client = TestClient(
        application(settings, current, of_settings(settings.serve), Figures()), raise_server_exceptions=False
    )
    marked = {"record": {"name": MARKED["name"], "birth_date": MARKED["birth_date"]}}
    with pytest.MonkeyPatch.context() as patch:
        for name in (logs.NAME, "uvicorn", "fastapi"):
            patch.setattr(logging.getLogger(name), "handlers", [handler])
            patch.setattr(logging.getLogger(name), "level", logging.DEBUG)
        current.look()
        answers = [
            client.post("/v1/lookup", json=marked),
            client.post("/v1/lookup/batch", json={"records": [marked["record"], {"name": [QUERY]}]}),
            client.post("/v1/lookup", json={**marked, "reveal": True}),
            client.post("/v1/lookup", json={"record": {"name": QUERY}, "limit": TYPED}),
            client.post("/v1/lookup", content=f'{{"record": {QUERY}', headers={"content-type": "application/json"}),
            client.get(f"/v1/{QUERY}?name={TYPED}"),
        ]
        patch.setattr(Lookup, "lookup", quoting_lookup)
        answers += [client.post("/v1/lookup", json=marked), client.get("/metrics")]
    lake.codes["service"] = [answer.status_code for answer in answers]
    lake.said += [("service", answer.text + str(answer.headers)) for answer in answers]
    lake.said.append(("service log", log.getvalue()))


def quoting_lookup(_: Any, record: Any, **__: Any) -> Any:
    """What fails in a lookup, and quotes the record in the text of its error."""
    raise ValueError(f"cannot make sense of {record}")


@pytest.fixture(scope="module")
def seeded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """Every command over marked records, those that fail too."""
    lake = Seeded(tmp_path_factory.mktemp("marked"))
    pair = [f"s:{ID}0", f"s:{ID}1"]
    (lake.root / "pairs.csv").write_text("id_l,id_r\n{},{}\n".format(*pair), encoding="utf-8")
    (lake.root / "headless.csv").write_text(f"{pair[0]},{MARKED['name']}\n", encoding="utf-8")
    (lake.root / "labels.csv").write_text("id_l,id_r,label\n{},{},1\n".format(*pair), encoding="utf-8")
    (lake.root / "typed.csv").write_text(f"id_l,id_r,label\n{pair[0]},{pair[1]},{TYPED}\n", encoding="utf-8")
    training = ("training-set", "--as-of")
    with pytest.MonkeyPatch.context() as patch, spark_log(spark) as log:
        patch.setenv("PAIRLAKE_KEY", SECRET)
        calls = Calls(lake, patch)
        lake.write()
        lake.write_source(lake.rows())
        calls("run")
        calls("explain", *pair)
        calls("explain", *pair, "--json")
        calls("lookup", MARKED["name"], "--field", f"birth_date={MARKED['birth_date']}", name="lookup")
        calls("lookup", MARKED["name"], "--reveal", name="revealed")
        calls("lookup", QUERY, "--field", TYPED)
        calls("diagnose", "--html", str(lake.root / "page.html"))
        calls("diagnose", "--truth", str(lake.root / "headless.csv"))
        calls("score", "--pairs", str(lake.root / "pairs.csv"), "--out", str(lake.root / "scored.parquet"))
        after = datetime.now(UTC).isoformat()
        calls(*training, after, "--name", "marked", "--labels", str(lake.root / "labels.csv"), name="training-set")
        calls(
            *training,
            after,
            "--name",
            "none",
            "--labels",
            str(lake.root / "typed.csv"),
            name="training-set unclear",
        )
        calls("quarantine", "list", name="quarantine list")
        calls("quarantine", "show", "last", "--csv", name="quarantine show")
        calls("quarantine", "show", "last", "--json", "--reveal", name="revealed rows")
        lake.write_mended()
        calls("quarantine", "replay", str(lake.root / "mended.json"), name="quarantine replay")
        calls("outbox", "list", "--all", "--json", name="outbox list")
        calls("report", "--json", name="report")
        ask_the_service(lake)
        lake.write_source([row for row in lake.rows() if row["id"] != f"{ID}2"])
        calls("refresh")
        lake.write_source(lake.rows())
        calls("plan")
        with patch.context() as broken:
            broken.setattr("jobs.pipeline.standardise", quoting())
            calls("plan", name="worker")
        lake.write(gates="max_quarantined_share = 0")
        calls("run", name="gate")
        lake.write(blocking='pair_budget = 1\nover_budget = []\nrules = ["lei_equal"]')
        calls("run", name="budget")
        lake.write(blocking=f'truth = "{lake.root / "headless.csv"}"')
        calls("run", name="truth")
        lake.write(where=f'where = {{ status = ["{WHERE}"] }}')
        calls("run", name="settings")
        lake.write(where=f'where = "{WHERE}"')
        calls("run", name="settings of another kind")
        lake.write()
        lake.write_source(lake.rows(), rest=f'x,"{BROKEN["name"]}\n')
        calls("run", name="source")
        lake.write_source(lake.rows())
        patch.setenv("PAIRLAKE_KEY", SECRET[::-1])
        calls("lookup", QUERY, name="another secret")
        lake.write()
        calls("runs")
        lake.said.append(("Spark's log", log()))
    yield lake


def quoting() -> Any:
    """A function of the workers that fails, and quotes a record in the text of its error."""

    def standardise(batch: Any, _: Any) -> Any:
        raise ValueError(f"cannot make sense of {batch.to_pylist()}")

    return standardise


class Calls:
    """The command line in this process, every word of which is kept."""

    def __init__(self, lake: Seeded, patch: pytest.MonkeyPatch) -> None:
        self.lake = lake
        self.patch = patch

    def __call__(self, *arguments: str, name: str = "") -> None:
        words, log = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(log)
        handler.setLevel(logging.INFO)
        logging.getLogger().addHandler(handler)
        try:
            with self.patch.context() as patch, redirect_stdout(words), redirect_stderr(words):
                patch.setattr(sys, "argv", ["pairlake", *arguments, "--settings", str(self.lake.settings)])
                patch.setattr(cli.console, "_width", 300)
                with pytest.raises(SystemExit) as caught:
                    cli.main()
        finally:
            logging.getLogger().removeHandler(handler)
        command = name or " ".join(word for word in arguments if word in OF_COMMANDS)
        self.lake.codes[command] = int(caught.value.code or 0)
        self.lake.said += [(command, words.getvalue()), (f"log of {command}", log.getvalue())]


OF_COMMANDS = {
    "run",
    "explain",
    "lookup",
    "diagnose",
    "score",
    "refresh",
    "plan",
    "runs",
    "--json",
    "--field",
    "--truth",
}


@contextmanager
def spark_log(spark: SparkSession) -> Iterator[Callable[[], str]]:
    """What Spark logs from warnings up."""
    jvm: Any = spark._jvm
    written = jvm.java.io.StringWriter()
    log4j = jvm.org.apache.logging.log4j
    layout = log4j.core.layout.PatternLayout.createDefaultLayout()
    appender = log4j.core.appender.WriterAppender.createAppender(layout, None, written, "marked", False, True)
    appender.start()
    root = log4j.LogManager.getRootLogger()
    root.addAppender(appender)
    spark.sparkContext.setLogLevel("WARN")
    try:
        yield lambda: str(written.toString())
    finally:
        root.removeAppender(appender)
        spark.sparkContext.setLogLevel("FATAL")


def leaks(text: str) -> set[str]:
    """Marked values in a text, however they are cased or spaced."""
    text = text.casefold()
    return set(LEAKS.findall(text)) | set(LEAKS.findall(re.sub(r"[^\w]", "", text)))


def texts_of(file: Path) -> str:
    """All that a file says: rows of Parquet, bytes of others."""
    if file.suffix == ".parquet" and "_delta_log" not in file.parts:
        return str(pq.read_table(file).to_pylist())
    return file.read_bytes().decode("utf-8", "replace")


WANTED = {
    "run": 0,
    "explain": 0,
    "explain --json": 0,
    "lookup": 0,
    "revealed": 0,
    "lookup --field": 2,
    "diagnose": 0,
    "diagnose --truth": 2,
    "score": 0,
    "refresh": 0,
    "plan": 0,
    "worker": 1,
    "gate": 2,
    "budget": 2,
    "truth": 2,
    "settings": 2,
    "settings of another kind": 2,
    "source": 0,  # its published rows are kept instead
    "another secret": 2,
    "runs": 0,
    "training-set": 0,
    "training-set unclear": 2,
    "quarantine list": 0,
    "quarantine show": 0,
    "revealed rows": 0,
    "quarantine replay": 2,
    "outbox list": 0,
    "report": 0,
    "service": [200, 422, 403, 422, 422, 404, 500, 200],
}


def test_every_command_did_what_it_was_called_for(seeded: Seeded) -> None:
    assert seeded.codes == WANTED
    said = dict(seeded.said)
    assert "opens a quote" in said["source"]
    assert "did not pass its gate" in said["gate"]
    assert "the budget is 1" in said["budget"]
    assert "ValueError at " in said["worker"]
    assert "test_privacy" in said["worker"]
    assert "ValueError at " in said["Spark's log"]
    assert "holds another secret of that name" in said["another secret"]
    assert "still break a rule" in said["quarantine replay"]
    assert "neither" in said["training-set unclear"]
    assert '"event":"request"' in said["service log"]
    assert "ValueError at" in said["service log"]


def test_the_marks_are_there_to_be_found(seeded: Seeded) -> None:
    lake = seeded.root / "lake"
    held = " ".join(texts_of(file) for file in (lake / "raw_entities").rglob("*.parquet"))
    assert all(value in held for value in MARKED.values())
    turned_away = " ".join(texts_of(file) for file in (lake / "quarantine").rglob("*.parquet"))
    assert all(word in turned_away for word in BROKEN.values())
    assert leaks(held)


def test_nothing_that_is_said_or_logged_holds_a_value(seeded: Seeded) -> None:
    found = {command: marks for command, text in seeded.said if (marks := leaks(text))}
    assert {"quorvexal", "tindremo"} <= found.pop("revealed")
    assert BROKEN["name"].casefold() in found.pop("revealed rows")
    assert found == {}


def test_only_commands_about_records_name_them(seeded: Seeded) -> None:
    named = {command for command, text in seeded.said if ID in text.casefold()}
    assert {command.split(maxsplit=1)[0] for command in named} <= NAME_RECORDS | {"revealed"}


def test_reports_hold_no_value(seeded: Seeded) -> None:
    for name in ("page.html", "scored.parquet", "metrics.prom", "lineage.jsonl"):
        text = texts_of(seeded.root / name)
        assert len(text) > 100
        assert not leaks(text)


def test_no_table_but_those_of_records_holds_a_value(seeded: Seeded) -> None:
    folders = {file.relative_to(seeded.root / "lake").parts[0] for file in searched(seeded)}
    assert {"pair_features", "block_census", "blocking_index", "run_manifest", "catalogue_versions"} <= folders
    assert {"data_docs", "reports", "outbox", "profiles", "pair_profiles", "training", "training_sets"} <= folders
    assert leaking(seeded) == {}


def searched(seeded: Seeded) -> list[Path]:
    """The files of the lake in which no value may stand."""
    lake = seeded.root / "lake"
    files = [file for file in lake.rglob("*") if file.is_file() and file.suffix != ".crc"]
    return [f for f in files if f.relative_to(lake).parts[0] not in HOLD_VALUES or "_delta_log" in f.parts]


def leaking(seeded: Seeded) -> dict[str, set[str]]:
    """The marks that stand in such files nevertheless."""
    found = {str(file.relative_to(seeded.root)): leaks(texts_of(file)) for file in searched(seeded)}
    return {file: words for file, words in found.items() if words}


def test_manifests_name_no_record(seeded: Seeded) -> None:
    files = list((seeded.root / "lake" / "run_manifest").rglob("*.parquet"))
    assert files
    assert not any(ID in texts_of(file) for file in files)


def test_the_secret_of_the_keys_is_nowhere(seeded: Seeded) -> None:
    held = Keying.of(Privacy(key_env="KEY"), {"KEY": SECRET}).secret
    files = [file for file in seeded.root.rglob("*") if file.is_file()]
    for secret in (SECRET.encode(), SECRET[::-1].encode(), held, held.hex().encode()):
        assert not any(secret in file.read_bytes() for file in files)
        assert not any(secret.decode("latin-1") in text for _, text in seeded.said)


@pytest.mark.chaos
def test_a_run_with_another_secret_makes_all_keys_anew_and_nothing_else(
    seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, rotated = Lake(str(seeded.root / "lake")), Seeded(seeded.root)
    calls = Calls(rotated, monkeypatch)

    def of_last_run() -> tuple[str, set[str]]:
        published = [run for run in lake.rows(RUN_MANIFEST).to_pylist() if run["outcome"] == "published"]
        keys = set(lake.rows(BLOCKING_INDEX)["key"].to_pylist())
        return max((run["run_id"], run["checksum"]) for run in published)[1], keys

    monkeypatch.setenv("PAIRLAKE_KEY", SECRET)
    rotated.write()
    calls("run", name="first secret")
    pairs, keys = of_last_run()
    monkeypatch.setenv("PAIRLAKE_KEY", SECRET[::-1])
    rotated.write(key_id="2")
    calls("refresh", name="refresh with another")
    calls("run", name="run with another")
    calls("lookup", MARKED["name"], name="lookup with it")
    again, others = of_last_run()
    assert again == pairs
    assert keys
    assert not keys & others
    monkeypatch.setenv("PAIRLAKE_KEY", SECRET)
    rotated.write()
    calls("lookup", MARKED["name"], name="lookup with the first")
    calls("run", name="back to the first")
    assert of_last_run() == (pairs, keys)
    refused = {"refresh with another", "lookup with the first"}
    assert {command for command, code in rotated.codes.items() if code == 2} == refused
    assert set(rotated.codes.values()) == {0, 2}


@pytest.mark.chaos
def test_what_operations_say_and_leave_holds_no_value(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRLAKE_KEY", SECRET)
    runs = Lake(str(seeded.root / "lake")).rows(RUN_MANIFEST).to_pylist()
    published = max(run["run_id"] for run in runs if run["outcome"] == "published")
    operated = Seeded(seeded.root)
    calls = Calls(operated, monkeypatch)
    calls("parity", "--sample", "5", name="parity")
    calls("replay", "--run", published, name="replay")
    calls("rollback", name="rollback")
    calls("maintain", name="maintain")
    calls("erase", "--entity", f"s:{ID}0", name="erase")
    calls("erase", "--entity", "s:nobody", name="erase nobody")
    calls("report", "--json", name="report")
    assert operated.codes == {
        **dict.fromkeys(("parity", "replay", "rollback", "maintain", "erase", "report"), 0),
        "erase nobody": 2,
    }
    named = {command for command, text in operated.said if ID in text.casefold()}
    assert named <= NAME_RECORDS
    assert {command: marks for command, text in operated.said if (marks := leaks(text))} == {}
    assert leaking(operated) == {}


def test_a_field_that_nothing_reads_is_nowhere_in_the_lake(spark: SparkSession, tmp_path: Path) -> None:
    lake = Seeded(tmp_path)
    lake.write_source([row for row in lake.rows() if row["id"]])
    given = {
        "mode": "dedupe",
        "lake": str(tmp_path / "lake"),
        "sources": [
            {"name": "s", "format": "csv", "id": "id", "path": str(tmp_path / "s.csv")}
            | {"columns": {name: name for name in PARTY_FIELDS}}
        ],
        "catalogue": {"features": ["name_jaro_winkler", "country_equal"]},
        "blocking": {"rules": ["name_first_letters", "name_end_country"], "over_budget": ["keep"]},
        "gates": {"max_quarantined_share": 0.9},
        "online": {"enabled": False},
    }
    run = Pipeline(Settings.model_validate(given), spark).publish()
    kept = {"name", "given_name", "family_name", "party_type", "country"}
    assert run.outcome == "published"
    assert run.counts["fields not carried"] == {"s": [name for name in PARTY_FIELDS if name not in kept]}
    text = " ".join(texts_of(file) for file in (tmp_path / "lake").rglob("*") if file.suffix in (".parquet", ".json"))
    assert MARKED["name"] in text
    assert [name for name in PARTY_FIELDS if name not in kept and MARKED[name] in text] == []
