"""Reads the project's log as a log service would: one JSON object a line."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from functions.shared.plain import log


class LogText(StringIO):
    """What was logged."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line, parsed."""
        return [json.loads(line) for line in self.getvalue().split("\n") if line]


@contextmanager
def logged() -> Iterator[LogText]:
    """Collect what this project logs at INFO and above; afterwards its log goes where it went before."""
    before, level = log.logger.handlers, log.logger.level
    text = LogText()
    handler = logging.StreamHandler(text)
    handler.setFormatter(log.JsonFormatter())
    log.logger.handlers = [handler]
    log.logger.setLevel(logging.INFO)
    try:
        yield text
    finally:
        log.logger.handlers = before
        log.logger.setLevel(level)
