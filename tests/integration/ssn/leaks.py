"""The leak hunt: the ways in which a number may hide in bytes, and where to look for it."""

import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any

from functions.shared.plain.log import JsonFormatter
from tests.support.clients import client_of

# How many characters of base64 text depend on what stands before, by how many bytes (modulo 3) do.
_SHARED_CHARACTERS = (0, 2, 3)


class Transcript(logging.Handler):
    """Keeps log records in full: the line as written, tracebacks, and everything attached to the record."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.lines += [logging.Formatter().format(record), JsonFormatter().format(record), repr(vars(record))]


def patterns(digits: str) -> dict[str, bytes]:
    """Each way to write a number, by a name for it that does not give it away."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    written = {"digits": digits, "hyphenated": f"{area}-{group}-{serial}", "spaced": f"{area} {group} {serial}"}
    written |= {f"{name}, reversed": text[::-1] for name, text in written.items()}
    found: dict[str, bytes] = {}
    for name, text in written.items():
        found |= {f"{name}, {encoding}": pattern for encoding, pattern in _encoded(text.encode())}
    return found


def _encoded(text: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", text
    yield "hex", text.hex().encode()
    for before in range(3):
        whole = b64encode(bytes(before) + text)
        yield f"base64 at {before}", whole[_SHARED_CHARACTERS[before] : (before + len(text)) * 8 // 6]


def found(numbers: Iterable[str], haystack: Iterable[str | bytes]) -> list[str]:
    """The names of the patterns that are in the haystack."""
    pile = b"\n".join(straw.encode() if isinstance(straw, str) else straw for straw in haystack).lower()
    return [name for digits in numbers for name, pattern in patterns(digits).items() if pattern.lower() in pile]


def leaves(value: Any) -> Iterator[str | bytes]:
    """Every text and byte string in nested data, names included."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value if isinstance(value, bytes) else str(value)


def items(*tables: str) -> list[dict[str, Any]]:
    """All items of tables, as they are stored."""
    client = client_of("dynamodb")
    return [item for table in tables for item in client.scan(TableName=table, ConsistentRead=True)["Items"]]
