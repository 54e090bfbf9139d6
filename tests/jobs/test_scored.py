"""Given pairs through the command's own function: published bits, every row, and refusals in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.spark.files import SourceError
from features.spark.frames import to_arrow
from features.versions import FingerprintError

pytestmark = pytest.mark.spark


def score(harbour: Any, pairs: Path, out: Path, **changed: Any) -> Any:
    from jobs.scored import of_list  # noqa: PLC0415

    return of_list(harbour.settings(**changed), harbour.spark, str(pairs), str(out))


def test_published_pairs_are_scored_to_their_published_bits_in_either_order(harbour: Any, tmp_path: Path) -> None:
    published = {(row["id_l"], row["id_r"]): row for row in harbour.pairs()}
    asked = [*published, *((right, left) for left, right in published), *published]
    pq.write_table(pa.table({"id_l": [p[0] for p in asked], "id_r": [p[1] for p in asked]}), tmp_path / "p.parquet")
    done = score(harbour, tmp_path / "p.parquet", tmp_path / "out")
    features = harbour.settings().catalogue.features
    rows = to_arrow(harbour.spark.read.format("delta").load(str(tmp_path / "out")).orderBy("row")).to_pylist()
    assert (done.rows, done.scored, done.reasons) == (len(asked), len(asked), {})
    assert [row["row"] for row in rows] == list(range(1, len(asked) + 1))
    assert [(row["given_l"], row["given_r"]) for row in rows] == asked
    assert any(row["name_token_containment"] != 1 for row in rows)  # which is not symmetric
    for row in rows:
        wanted = published[(row["id_l"], row["id_r"])]
        assert {f: bits(row[f]) for f in features} == {f: bits(wanted[f]) for f in features}
    assert {row["fingerprint"] for row in rows} == {harbour.run.fingerprint}
    commit = deltalake.DeltaTable(str(tmp_path / "out")).history(1)[0]
    assert harbour.run.fingerprint in commit["userMetadata"]


def test_a_list_comes_back_row_by_row_with_what_it_brought(harbour: Any, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "id_left,id_right,label\n1,0,yes\nnobody,h:0,no\n1,0,\n7,7,again\n", encoding="utf-8"
    )
    done = score(harbour, tmp_path / "p.csv", tmp_path / "out.parquet")
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    shown = [(row["row"], row["id_l"], row["id_r"], row["reason"], row["label"]) for row in rows]
    assert shown == [
        (1, "h:0", "h:1", None, "yes"),
        (2, None, "h:0", "unknown_id", "no"),
        (3, "h:0", "h:1", None, None),
        (4, "h:7", "h:7", "same_record", "again"),
    ]
    assert [row["country_equal"] for row in rows] == [1, None, 1, None]
    assert [row["bic_agreement"] for row in rows] == [0, None, 0, None]
    assert (done.scored, done.reasons, done.unknown_ids) == (2, {"unknown_id": 1, "same_record": 1}, ("nobody",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id_l,id_r\nx,y\n", "none of its 1 pairs is one of two records of the lake"),
        ("id_l,id_r,bic_agreement\n0,1,3\n", "has a column 'bic_agreement', which the features bring as well"),
    ],
)
def test_a_list_that_cannot_be_scored_is_refused_and_nothing_written(
    harbour: Any, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        score(harbour, tmp_path / "p.csv", tmp_path / "out")
    assert said in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_records_of_another_catalogue_are_refused(harbour: Any, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id_l,id_r\n0,1\n", encoding="utf-8")
    with pytest.raises(FingerprintError, match="were made by the catalogue"):
        score(harbour, tmp_path / "p.csv", tmp_path / "out", catalogue={"features": ["name_equal"]})


def bits(value: Any) -> Any:
    return value.hex() if isinstance(value, float) else value


@pytest.mark.parametrize("ended", [KeyboardInterrupt, OSError])
def test_of_a_result_that_was_not_written_whole_nothing_stays(
    harbour: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: type[BaseException]
) -> None:
    (tmp_path / "p.csv").write_text("id_left,id_right\n1,0\n", encoding="utf-8")
    out = tmp_path / "out"

    def half(_: Any, path: str) -> None:
        (Path(path) / "_delta_log").mkdir(parents=True)
        raise ended

    with monkeypatch.context() as stopped:
        stopped.setattr("pyspark.sql.DataFrameWriter.save", half)
        with pytest.raises(ended):
            score(harbour, tmp_path / "p.csv", out)
    assert not out.exists()
    assert score(harbour, tmp_path / "p.csv", out).scored == 1
