"""An encoder that breaks on a worker, told as what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from features.encoders.wordllama import EncoderError


@contextmanager
def encoding() -> Iterator[None]:
    """Around an action that encodes: an EncoderError of a worker is raised as one, not as Spark's account of it."""
    try:
        yield
    except EncoderError:
        raise
    except Exception as error:
        found = re.search(r"^\s*(?:[\w.]+\.)?EncoderError: (.+)$", str(error), flags=re.MULTILINE)
        if found is None:
            raise
        raise EncoderError(found[1]) from error
