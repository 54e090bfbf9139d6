"""The page of a report: one file, well formed, that loads nothing and runs nothing, whatever it is given to show."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.page import html_page
from jobs.report import Bar, Bars, Histogram, Histograms, Links, Part, Table, Text

EVIL = '"><script src="https://x.test/x.js">alert(1)</script><img onerror=x src=y>&{style}%s'


def parts(text: str) -> list[Part]:
    bars = (Bar(text, 0.0, text), Bar("long " * 20, 7.0, "7", 3.0))
    return [
        Text(text, (text, text)),
        Table(text, (text, "b"), ((text, text), ("1", "2")), words=(text,), note=text),
        Bars(text, bars, note=text),
        Bars(text, bars, logarithmic=True, full=100.0),
        Bars(text, ()),
        Histograms(
            text, (Histogram(text, text, (text, "b"), (3, 1), (0, 2)), Histogram(text, text, (), ())), note=text
        ),
        Links(text, ((text, "../data_docs/index.html"),)),
    ]


class Tags(HTMLParser):
    """What a page consists of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "div"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "svg", "g", "rect", "text"}
TAGS |= {"figure", "figcaption", "b", "polyline", "span", "a"}


@pytest.mark.parametrize("text", [EVIL, "", "銀行 & Söhne"])
def test_a_page_holds_no_tag_but_its_own_and_names_no_other_resource(text: str) -> None:
    page = html_page(text, text, parts(text))
    tags = Tags(page)
    assert tags.tags <= TAGS
    assert not tags.attributes & {"src", "style", "onerror", "onload"}
    assert re.findall("href=[^>]*", page) == ['href="../data_docs/index.html"']  # what leads on is a file beside it
    assert "default-src 'none'" in page
    assert "url(" not in page and "@import" not in page
    assert text in tags.text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_whatever_is_shown_is_read_back_as_it_was(text: str) -> None:
    assert Tags(html_page("t", "s", [Text("h", (text,))])).text.count(text) >= 1
    svg = re.findall("<svg.*?</svg>", html_page("t", "s", [Bars("b", (Bar(text, 1.0, text),))]), re.DOTALL)
    drawing = ElementTree.fromstring(svg[0].replace("&#39;", "'"))
    assert [e.text or "" for e in drawing.iter("title")] == [f"{text}: {text}"]


def test_bars_are_as_long_as_their_values() -> None:
    values = (0.0, 5.0, 10.0)
    page = html_page("t", "s", [Bars("b", tuple(Bar("x", v, "said", v / 2) for v in values))])
    lengths = [float(n) for n in re.findall(r'class="bar".*? width="([\d.]+)"', page)]
    halves = [float(n) for n in re.findall(r'class="part".*? width="([\d.]+)"', page)]
    assert lengths[0] == 0
    assert lengths[1] == pytest.approx(lengths[2] / 2, abs=0.1)
    assert halves == pytest.approx([length / 2 for length in lengths], abs=0.1)


def test_a_histogram_draws_shares_so_that_runs_of_different_size_can_be_compared() -> None:
    picture = Histogram("feature", "said", ("low", "high"), (30, 10), (3, 1))
    page = html_page("t", "s", [Histograms("h", (picture,))])
    tops = [float(n) for n in re.findall(r'class="bar"[^>]* y="([\d.]+)"', page)]
    line = re.findall(r'points="([^"]+)"', page)[0].split()
    assert [float(point.partition(",")[2]) for point in line] == [tops[0], tops[0], tops[1], tops[1]]
    assert "low: 30, before 3" in page
    assert "<polyline" not in html_page("t", "s", [Histograms("h", (Histogram("f", "", ("a",), (1,)),))])


def test_a_page_is_readable_in_dark_and_in_light() -> None:
    page = html_page("t", "s", parts("x"))
    light, dark = page.split("prefers-color-scheme: dark", 1)
    assert all(f"--{name}:" in light and f"--{name}:" in dark for name in ("ink", "paper", "bar", "part", "line"))
