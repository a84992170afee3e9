"""JSON of DynamoDB items. Each item is encoded once instead of with each save."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring_ascii
from typing import Any

Items = Mapping[str | None, Mapping[str | None, Any]]


class EncodedItems:
    """The JSON of all items of the last save. ministack replaces items and never changes them in place."""

    def __init__(self, default: Callable[[Any], Any] | None = None) -> None:
        """Encode values that JSON does not have with `default`."""
        self._default = default
        # With the item, so that no other object gets its id.
        self._members: dict[int, tuple[Any, str]] = {}
        self._seen: dict[int, tuple[Any, str]] = {}

    def dumps(self, state: Any, tables: Iterable[dict[str, Any]]) -> str:
        """Return the JSON of a state.

        Args:
            state: contains the tables.
            tables: the `items` of each is replaced by a mark.
        """
        mark = secrets.token_hex()
        items = []
        for table in tables:
            items.append(table["items"])
            table["items"] = mark
        # In the order of the tables in the state.
        first, *rest = json.dumps(state, default=self._default).split(f'"{mark}"')
        text = "".join([first, *(part for pair in zip(map(self._table, items), rest, strict=True) for part in pair)])
        self._members, self._seen = self._seen, {}
        return text

    def _table(self, items: Items) -> str:
        partitions = (f"{_key(key)}: {{{', '.join(self._partition(content))}}}" for key, content in items.items())
        return f"{{{', '.join(partitions)}}}"

    def _partition(self, content: Mapping[str | None, Any]) -> Iterable[str]:
        for key, item in content.items():
            member = self._members.get(id(item))
            if member is None:
                member = item, f"{_key(key)}: {json.dumps(item, default=self._default)}"
            self._seen[id(item)] = member
            yield member[1]


def _key(key: str | None) -> str:
    # JSON's form of a key that is not a text.
    return encode_basestring_ascii(key) if isinstance(key, str) else json.dumps({key: 0})[1:-4]
