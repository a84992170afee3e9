"""Structured log: one JSON object a line, one line a request, with what the request carries for tracing.

Nothing personal is logged: no path (it holds customer ids), no query, no body, no exception text.
"""

import json
import logging
import os
import sys
import time
from contextvars import ContextVar
from types import TracebackType
from typing import Any

_request: ContextVar[dict[str, Any]] = ContextVar("request")

logger = logging.getLogger("dossier")

# json.dumps with an argument makes an encoder for each call.
_json = json.JSONEncoder(ensure_ascii=False).encode


class JsonFormatter(logging.Formatter):
    """A record as JSON: time, level, message, the request's fields, and those given as `extra={"fields": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, without newlines inside: CloudWatch makes an event of each."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            **_request.get({}),
            **getattr(record, "fields", {}),
        }
        return _json(entry)


def configure() -> None:
    """Send this project's log to stderr as JSON, at LOG_LEVEL (INFO without it)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    # At DEBUG, botocore logs whole bodies: personal data and plaintext data keys among them.
    logging.getLogger("botocore").setLevel(logging.INFO)


def start_request(**fields: Any) -> None:
    """Forget the last request's fields and carry these on every line until the next."""
    _request.set(fields)


def add(**fields: Any) -> None:
    """Carry these too for the rest of the request."""
    _request.set({**_request.get({}), **fields})


def stack(traceback: TracebackType | None) -> list[str]:
    """Where an exception came from, outermost first, as `file:line function`; never its text, which may hold data."""
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames
