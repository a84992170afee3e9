"""Parts of JSON Schemas for rules that pydantic checks in validators.

Rules are written with `if` and `not`, which generators of clients ignore: `anyOf` and `oneOf` would turn a model into a
union of unnamed types.
"""

from typing import Any

Schema = dict[str, Any]

# Characters that always hide or reorder text, for a class in a regular expression.
_HIDDEN = r"\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# These, and Unicode's category Cc.
_CONTROLS = rf"\x00-\x1f\x7f-\x9f{_HIDDEN}"
# One line of text with at least one visible character. Spaces around it are removed before it is stored.
LINE = rf"^\s*[^{_CONTROLS}]*[^\s{_CONTROLS}]\s*$"
# Text without control characters other than tab and line feed.
LINES = rf"^[^\x00-\x08\x0b-\x1f\x7f-\x9f{_HIDDEN}]*$"


def one_of(words: Any) -> str:
    """Return a pattern for words. An enum would become a class in generated clients."""
    return f"^({'|'.join(sorted(words))})$"


def all_null(*names: str) -> Schema:
    """Return a schema for objects in which each of these members is null or missing."""
    return {"properties": {name: {"type": "null"} for name in names}}


def not_null(name: str, kind: str) -> Schema:
    """Return a schema for objects that have a member of a type other than null."""
    return {"required": [name], "properties": {name: {"type": kind}}}
