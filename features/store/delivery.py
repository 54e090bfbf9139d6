"""Loads of the online store, through the outbox: tried patiently, kept while the store is away, in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from features.fallback import patiently
from features.outbox import Load, Outbox
from features.sections import Fallback
from features.store import Materialised, StaleWriteError, StoreError, StoreUnavailableError

Write = Callable[[Load], Materialised]
"""Puts the tables of a load online, in the place of all that is there; StoreUnavailableError when it may be retried."""


def deliver(
    outbox: Outbox, load: Load, write: Write, settings: Fallback, sleep: Callable[[float], Any] = time.sleep
) -> Materialised:
    """Put a posted load online, and close it and all that was due before it.

    A load that cannot be delivered stays due, and its error is raised; one that is older than what is online is
    given up with StaleWriteError, so that nothing newer is ever overtaken.
    """
    try:
        done = patiently(lambda: write(load), settings, StoreUnavailableError, sleep)
    except StaleWriteError as error:
        outbox.overtaken(load, str(error))
        raise
    except StoreError as error:
        outbox.failed(load, str(error))
        raise
    outbox.delivered(load)
    return done


def replay(
    outbox: Outbox, write: Write, settings: Fallback, sleep: Callable[[float], Any] = time.sleep
) -> tuple[Load, Materialised] | None:
    """Deliver what is due: the last load, which holds all that those before it would have put online.

    None where nothing is due. Errors as in `deliver`.
    """
    due = outbox.due()
    if not due:
        return None
    load = due[-1].load
    return load, deliver(outbox, load, write, settings, sleep)
