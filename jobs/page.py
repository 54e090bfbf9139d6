"""A report as one HTML page that needs nothing but itself.

Everything that is put into the page is escaped by `Markup.format`; styles are inline, pictures are inline SVG, and
the page forbids its reader to load or run anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import log1p
from typing import Any

from markupsafe import Markup

from jobs.histograms import HISTOGRAM_STYLE, histogram
from jobs.report import Bar, Bars, Histograms, Links, Part, Table, Text


def html_page(title: str, subtitle: str, parts: Sequence[Part]) -> str:
    """The whole page, ready to be written to a file."""
    body, style = _joined(_part(part) for part in parts), _STYLE + HISTOGRAM_STYLE
    return str(_PAGE.format(style=style, title=title, subtitle=subtitle, body=body))


def _part(part: Part) -> Markup:
    drawn: Callable[[Any], Markup] = _DRAWN[type(part)]
    return Markup("<section><h2>{}</h2>{}</section>\n").format(part.title, drawn(part))


def _text(text: Text) -> Markup:
    return _joined(Markup("<p>{}</p>").format(paragraph) for paragraph in text.paragraphs)


def _links(links: Links) -> Markup:
    return _joined(Markup('<p><a href="{}">{}</a></p>').format(address, name) for name, address in links.links)


def _table(table: Table) -> Markup:
    kinds = [Markup(' class="word"') if name in table.words else Markup("") for name in table.columns]
    head = _joined(Markup("<th{}>{}</th>").format(*cell) for cell in zip(kinds, table.columns, strict=True))
    rows = _joined(
        Markup("<tr>{}</tr>\n").format(
            _joined(Markup("<td{}>{}</td>").format(*cell) for cell in zip(kinds, row, strict=True))
        )
        for row in table.rows
    )
    whole = Markup('<div class="wide"><table><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table></div>')
    return whole.format(head, rows) + _note(table.note)


def _picture(picture: Bars) -> Markup:
    """Lying bars, one below the other: labels on the left, values in words on the right."""
    full = picture.full or max((bar.value for bar in picture.bars), default=0) or 1
    drawn = _joined(_bar(bar, at, full, picture) for at, bar in enumerate(picture.bars))
    height = _LINE * len(picture.bars)
    whole = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">\n{}</svg>')
    return whole.format(_WIDTH, height, picture.title, drawn) + _note(picture.note)


def _small(pictures: Histograms) -> Markup:
    drawn = _joined(histogram(picture) for picture in pictures.pictures)
    return Markup('<div class="small">{}</div>').format(drawn) + _note(pictures.note)


def _bar(bar: Bar, at: int, full: float, picture: Bars) -> Markup:
    lengths = [_length(value, full, logarithmic=picture.logarithmic) for value in (bar.value, bar.part)]
    top = at * _LINE
    return _BAR.format(
        label=bar.label if len(bar.label) <= _LABEL_LETTERS else bar.label[: _LABEL_LETTERS - 1] + "…",
        whole=bar.label,
        said=bar.said,
        base=top + 15,
        top=top + 4,
        left=_LABEL - 8,
        start=_LABEL,
        length=f"{lengths[0]:.1f}",
        part=f"{lengths[1]:.1f}",
        end=f"{_LABEL + lengths[0] + 6:.1f}",
    )


def _length(value: float, full: float, *, logarithmic: bool) -> float:
    share = log1p(value) / log1p(full) if logarithmic else value / full
    return _LONGEST * min(max(share, 0.0), 1.0)


def _note(note: str) -> Markup:
    return Markup('<p class="note">{}</p>').format(note) if note else Markup("")


def _joined(pieces: Iterable[Markup]) -> Markup:
    return Markup("").join(pieces)


_DRAWN: dict[type, Callable[[Any], Markup]] = {
    Text: _text,
    Table: _table,
    Bars: _picture,
    Histograms: _small,
    Links: _links,
}

_WIDTH, _LABEL, _LONGEST, _LINE = 900, 230, 430, 22
_LABEL_LETTERS = 34

_BAR = Markup(
    '<g><title>{whole}: {said}</title><text class="label" x="{left}" y="{base}">{label}</text>'
    '<rect class="bar" x="{start}" y="{top}" width="{length}" height="14"/>'
    '<rect class="part" x="{start}" y="{top}" width="{part}" height="14"/>'
    '<text x="{end}" y="{base}">{said}</text></g>\n'
)

_STYLE = Markup("""
:root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --faint: #5b6675; --line: #d5dae1;
  --bar: #8fb3dd; --part: #2c5f9e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --paper: #14181e; --faint: #9aa5b4; --line: #333c48;
  --bar: #3c6797; --part: #8dbcf2; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } .note, .subtitle { color: var(--faint); font-size: .9rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem .7rem .15rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } .word { text-align: left; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; } svg text { fill: var(--ink); }
a { color: var(--part); } .label { text-anchor: end; } .bar { fill: var(--bar); } .part { fill: var(--part); }
""")

_PAGE = Markup("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p class="subtitle">{subtitle}</p>
{body}</body>
</html>
""")
