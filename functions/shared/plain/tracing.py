"""W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header."""

import re
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def traceparent(given: object) -> str | None:
    """Return the header's value, or None if it is malformed: the standard ignores such values."""
    return given if isinstance(given, str) and _TRACEPARENT.fullmatch(given) else None


def continue_trace(given: object) -> dict[str, str]:
    """Make a trace the current one until the next call. Return it as fields of the log, empty if it is malformed."""
    valid = traceparent(given)
    _current.set(valid)
    return {} if valid is None else {"traceparent": valid}


def current_trace() -> str | None:
    """Return the trace of the current request or event; None without one."""
    return _current.get()
