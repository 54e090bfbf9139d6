"""What a person can mend: every such error says what was found, what was wanted and what to do."""

from __future__ import annotations


class PairlakeError(Exception):
    """Root of the errors that are shown as one message, without a traceback."""
