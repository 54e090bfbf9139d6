"""The service's log: a JSON object a line on stderr. Ids, counts and times; of errors an outline."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from features.errors import PairlakeError, outline

NAME = "pairlake.serve"
_OF_SERVER = ("uvicorn", "uvicorn.error", "uvicorn.asgi")


class JsonLines(logging.Formatter):
    """A record of the log as one line; `facts` are its further keys."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = str(error) if isinstance(error, PairlakeError) else outline(error)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def to_stderr() -> None:
    """Send the log of the service, and that of the server below it, to stderr; in every process that serves."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (NAME, *_OF_SERVER):
        log = logging.getLogger(name)
        log.handlers, log.propagate = ([handler] if name in (NAME, "uvicorn") else []), name not in (NAME, "uvicorn")
        log.setLevel(logging.INFO)
