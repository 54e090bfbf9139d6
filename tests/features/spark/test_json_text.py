"""Half of an escaped character is found, a whole one and an escaped backslash are not taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.spark.json_text import line_of_lone_surrogate


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (r'{"name": "A"}', None),
        (r'{"name": "\ud83c\udfe6"}', None),
        (r'{"name": "C:\\ud800"}', None),
        (r'{"name": "\\\ud800"}', 1),
        ('{"name": "A"}\n' + r'{"name": "\uD800"}', 2),
        (r'{"name": "\udfe6\ud83c"}', 1),
        (r'{"name": "\ud83c\ud83c\udfe6"}', 1),
    ],
)
def test_half_of_a_character_is_found_with_its_line(tmp_path: Path, text: str, line: int | None) -> None:
    (tmp_path / "a.json").write_text(text)
    assert line_of_lone_surrogate(tmp_path / "a.json") == line
