"""Errors in words: what a person can mend, and an outline of what nobody foresaw.

A message of ours says what was found, what was wanted and what to do, and quotes no record. The text of any other error
may quote one, so it is never passed on: its outline is.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

_FRAMES = 4
_OF_WORKER = re.compile(r"\b(?:WorkerError|DeclarationError): (.+)")
"""In the traceback that a worker reports: an outline, or what a person can mend in a declaration."""


class PairlakeError(Exception):
    """Root of the errors that are shown as one message, without a traceback."""


class WorkerError(PairlakeError):
    """What went wrong where records are looked at: its outline."""


def outline(error: BaseException) -> str:
    """The kind of an error and the lines of code it came through, the innermost last; nothing of its text.

    Of an error that a worker reported it is the outline that the worker made, or the message where it was ours.
    """
    reported = _OF_WORKER.search(str(error))
    if reported:
        return reported.group(1).strip()
    condition = getattr(error, "getCondition", None) or getattr(
        error, "getErrorClass", None
    )  # Spark's, since 4.0 and 3.4
    code = condition() if condition else None
    if isinstance(error, OSError) and error.errno:
        code = os.strerror(error.errno)  # what the system says of that number; the error's own text may hold more
    kind = f"{type(error).__name__} {code}" if code else type(error).__name__
    steps = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return f"{kind} at {' > '.join(steps[-_FRAMES:])}" if steps else kind


@contextmanager
def outlined() -> Iterator[None]:
    """Around code that sees records: an error that is not ours leaves it as a WorkerError, without its text."""
    try:
        yield
    except PairlakeError:
        raise
    except Exception as error:
        raise WorkerError(outline(error)) from None
