"""What a JSON text holds that Spark would change in silence."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

_HIGH, _LOW = rb"\\u[dD][89aAbB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_SURROGATES = re.compile(rb"\\\\|(?P<pair>%s%s)|(?P<lone>%s|%s)" % (_HIGH, _LOW, _HIGH, _LOW))


def line_of_lone_surrogate(file: Path) -> int | None:
    """The first line with half of an escaped character (`\\ud800`), which Spark makes a question mark; None without."""
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if not re.search(rb"\\u[dD][89a-fA-F]", text):
            return None
        for found in _SURROGATES.finditer(text):
            if found.group("lone"):
                return text[: found.start()].count(b"\n") + 1
    return None
