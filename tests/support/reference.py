"""Gaps of an OpenAPI document that a reader of the reference would notice."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

Object = dict[str, Any]

_WORDS = 6
_OPERATION_ID = re.compile(r"[a-z]+(_[a-z0-9]+)+")
# Third-person verbs and nouns of this code's earlier summaries: a summary is an imperative.
_NOT_IMPERATIVE = re.compile(r"(The|A|An|Every|One|What|Whether|[A-Z][a-z]+s) ")
_PHRASES = {status.phrase for status in HTTPStatus}


def gaps(document: Object) -> list[str]:
    """Return each gap as a sentence; an empty list for a complete reference."""
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return [
        *(gap for place, operation in operations for gap in _operation(place, operation)),
        *(gap for place, operation in operations for gap in _parameters(place, operation)),
        *(gap for place, operation in operations for gap in _bodies(place, operation, document)),
        *(gap for name, schema in document["components"]["schemas"].items() for gap in _properties(name, schema)),
    ]


def _operation(place: str, operation: Object) -> Iterator[str]:
    summary, description = operation["summary"], operation["description"]
    if len(summary.split()) > _WORDS or _NOT_IMPERATIVE.match(summary):
        yield f"{place}: the summary is no imperative of at most {_WORDS} words."
    if not description.rstrip().endswith((".", "`")) or description == summary:
        yield f"{place} has no description."
    for scope in [scope for way in operation["security"] for scope in way.get("oauth2", [])]:
        if f"`{scope}`" not in description:
            yield f"{place}: the description does not name the scope."
    if not _OPERATION_ID.fullmatch(operation["operationId"]):
        yield f"{place}: the operationId is no verb with a noun."
    if not operation["tags"]:
        yield f"{place} has no tag."


def _parameters(place: str, operation: Object) -> Iterator[str]:
    for parameter in operation["parameters"]:
        if not parameter.get("description"):
            yield f"{place} {parameter['name']} has no description."
        if not parameter["schema"].get("examples"):
            yield f"{place} {parameter['name']} has no example."


def _bodies(place: str, operation: Object, document: Object) -> Iterator[str]:
    responses = operation["responses"].items()
    named = [("body", operation["requestBody"])] if "requestBody" in operation else []
    for name, body in [*named, *responses]:
        resolved = document["components"]["responses"][body["$ref"].rpartition("/")[2]] if "$ref" in body else body
        description = body.get("description", resolved.get("description", ""))
        if name != "body" and (not description or description in _PHRASES):
            yield f"{place} {name} has no description."
        if not all(content.get("examples") for content in resolved.get("content", {}).values()):
            yield f"{place} {name} has no example."
        for header, content in resolved.get("headers", {}).items():
            if not content.get("description"):
                yield f"{place} {name} {header} has no description."
            if not content["schema"].get("examples"):
                yield f"{place} {name} {header} has no example."


def _properties(place: str, schema: Any) -> Iterator[str]:
    for name, member in schema.get("properties", {}).items() if isinstance(schema, dict) else ():
        if not member.get("description"):
            yield f"{place}.{name} has no description."
        # A component has its own examples.
        if not member.get("examples") and "#/components/schemas/" not in str(member):
            yield f"{place}.{name} has no example."
