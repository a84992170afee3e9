"""W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header."""

import re

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent(given: object) -> str | None:
    """Return the header's value, or None if it is malformed: the standard ignores such values."""
    return given if isinstance(given, str) and _TRACEPARENT.fullmatch(given) else None
