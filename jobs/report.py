"""What a report is made of, however it is shown: text, tables, and what the console leaves out, pictures and links."""

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


@dataclass(frozen=True)
class Histogram:
    """Counts side by side, each with its words in `labels`; `before` are those of another time, drawn as a line."""

    title: str
    said: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    before: tuple[int, ...] = ()


@dataclass(frozen=True)
class Histograms:
    """Small pictures of the same kind."""

    title: str
    pictures: tuple[Histogram, ...]
    note: str = ""


@dataclass(frozen=True)
class Links:
    """Addresses to follow, relative to the page, each under its name."""

    title: str
    links: tuple[tuple[str, str], ...]


Part = Text | Table | Bars | Histograms | Links


def print_parts(console: Console, parts: Sequence[Part]) -> None:
    """Texts and tables, one below the other."""
    for part in (part for part in parts if isinstance(part, Text | Table)):
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
