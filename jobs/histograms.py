"""A histogram as inline SVG: bars for what is, a line for what was, both as shares of their own whole."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from jobs.report import Histogram


def histogram(picture: Histogram) -> Markup:
    """The picture under its title; the tallest of all bars fills the height."""
    now, before = _shares(picture.counts), _shares(picture.before)
    top = max((*now, *before), default=0) or 1
    step = _WIDTH / max(len(now), 1)
    bars = (_bar(picture, at, share / top, step) for at, share in enumerate(now))
    line = _LINE.format(points=_outline([share / top for share in before], step)) if before else Markup("")
    return _PICTURE.format(
        title=picture.title,
        said=picture.said,
        width=_WIDTH,
        height=_HEIGHT,
        drawn=Markup("").join(bars) + line,
        first=picture.labels[0] if picture.labels else "",
        last=picture.labels[-1] if picture.labels else "",
    )


def _bar(picture: Histogram, at: int, share: float, step: float) -> Markup:
    height = _HEIGHT * share
    said = f"{picture.labels[at]}: {picture.counts[at]:,}"
    if picture.before:
        said += f", before {picture.before[at]:,}"
    return _BAR.format(
        said=said, x=f"{at * step:.2f}", y=f"{_HEIGHT - height:.2f}", width=f"{step - 0.6:.2f}", height=f"{height:.2f}"
    )


def _outline(heights: Sequence[float], step: float) -> str:
    """A line along the tops of the bars that are not drawn."""
    corners = []
    for at, height in enumerate(heights):
        y = f"{_HEIGHT * (1 - height):.2f}"
        corners += [f"{at * step:.2f},{y}", f"{(at + 1) * step:.2f},{y}"]
    return " ".join(corners)


def _shares(counts: Sequence[int]) -> list[float]:
    whole = sum(counts)
    return [count / whole if whole else 0.0 for count in counts]


_WIDTH, _HEIGHT = 200, 60

_PICTURE = Markup(
    "<figure><figcaption><b>{title}</b> {said}</figcaption>"
    '<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" aria-label="{title}: {said}">\n'
    '{drawn}</svg><div class="ends"><span>{first}</span><span>{last}</span></div></figure>\n'
)
_BAR = Markup('<rect class="bar" x="{x}" y="{y}" width="{width}" height="{height}"><title>{said}</title></rect>\n')
_LINE = Markup('<polyline class="before" points="{points}"/>\n')

HISTOGRAM_STYLE = Markup("""
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem 1.5rem; }
figure { margin: 0; } figcaption { font-size: .8rem; line-height: 1.3; min-height: 2.6em; overflow-wrap: anywhere; }
figure svg { height: 60px; border-bottom: 1px solid var(--faint); overflow: visible; }
.before { fill: none; stroke: var(--part); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.ends { display: flex; justify-content: space-between; color: var(--faint); font-size: .75rem; }
""")
