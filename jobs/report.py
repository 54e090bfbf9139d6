"""What a report is made of, however it is shown: text, tables, and pictures of bars, which the console leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Text:
    """Paragraphs under a heading."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of text; a column whose name is in `words` is set left, the others, numbers, right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """A value with its words; `part` of it is drawn darker."""

    label: str
    value: float
    said: str
    part: float = 0.0


@dataclass(frozen=True)
class Bars:
    """A picture of values; `full` is what the longest bar would stand for, the greatest value when left out."""

    title: str
    bars: tuple[Bar, ...]
    note: str = ""
    full: float | None = None
    logarithmic: bool = False


Part = Text | Table | Bars


def print_parts(console: Console, parts: Sequence[Part]) -> None:
    """Texts and tables, one below the other."""
    for part in (part for part in parts if not isinstance(part, Bars)):
        if isinstance(part, Text):
            console.print(f"[bold]{escape(part.title)}[/]", highlight=False)
            for paragraph in part.paragraphs:
                console.print(escape(paragraph), highlight=False)
        else:
            console.print(_rich(part))
            if part.note:
                console.print(escape(part.note), highlight=False)
        console.print()


def _rich(table: Table) -> RichTable:
    shown = RichTable(title=escape(table.title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in table.columns:
        shown.add_column(escape(column), justify="left" if column in table.words else "right", overflow="fold")
    for row in table.rows:
        shown.add_row(*map(escape, row))
    return shown
