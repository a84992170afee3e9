"""Parts of JSON Schemas for rules that pydantic checks in validators.

Rules are written with `if` and `not`, which generators of clients ignore: `anyOf` and `oneOf` would turn a model into a
union of unnamed types.
"""

from typing import Any

Schema = dict[str, Any]

# Characters of Unicode's category Cc, for a class in a regular expression.
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
# One line of text with at least one visible character. Spaces around it are removed before it is stored.
LINE = rf"^\s*[^{_CONTROLS}]*[^\s{_CONTROLS}]\s*$"
# Text without control characters other than tab and line feed.
LINES = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"


def one_of(words: Any) -> str:
    """Return a pattern for words. An enum would become a class in generated clients."""
    return f"^({'|'.join(sorted(words))})$"


def all_null(*names: str) -> Schema:
    """Return a schema for objects in which each of these members is null or missing."""
    return {"properties": {name: {"type": "null"} for name in names}}


def not_null(name: str, kind: str) -> Schema:
    """Return a schema for objects that have a member of a type other than null."""
    return {"required": [name], "properties": {name: {"type": kind}}}
