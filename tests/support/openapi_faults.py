"""Faults of a merged OpenAPI document that would make a generated client worse."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from gateway_config.registry.shapes import references

# Words that mean nothing without their service.
GENERIC = {
    *("Action", "Answer", "Body", "Change", "Code", "Consent", "Data", "Details", "Document", "Entry", "Error"),
    *("Found", "Identity", "Item", "Kind", "Lift", "List", "Lookup", "Message", "Name", "Notice", "Order", "Outcome"),
    *("Page", "Part", "Patch", "Purpose", "Query", "Range", "Reason", "Record", "Request", "Response", "Result"),
    *("Route", "Service", "Statement", "Statements", "Status", "Summary", "Type", "Value", "Verified"),
}
# JSON Schema 2020-12, sections 8 and 9 of its core and all of its validation vocabularies, as far as we use them.
_ONE = {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
_SEVERAL = {"allOf", "anyOf", "oneOf", "prefixItems"}
_NAMED = {"dependentSchemas", "patternProperties", "properties"}
_PLAIN = {
    *("$ref", "const", "default", "deprecated", "dependentRequired", "description", "enum", "examples"),
    *("exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength", "maxProperties", "maximum"),
    *("minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern", "readOnly", "required", "title"),
    *("type", "uniqueItems", "writeOnly"),
}
_ERRORS = [{"$ref": f"#/components/schemas/{name}"} for name in ("Problem", "ServiceOrGatewayError")]
_BOTH = {"$ref": "#/components/schemas/ServiceOrGatewayError"}


def faults(document: dict[str, Any]) -> list[str]:
    """Return each fault as a sentence; an empty list for a good document."""
    return [
        *_names(document),
        *_unresolved(document),
        *_copies(document),
        *_error_bodies(document),
        *_gateway_statuses(document),
        *(fault for place, schema in _schemas(document) for fault in _keywords(place, schema)),
    ]


def _components(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for kind, named in document["components"].items():
        if kind != "securitySchemes":
            yield from ((kind, name, component) for name, component in named.items())


def _names(document: dict[str, Any]) -> Iterator[str]:
    for kind, name, _ in _components(document):
        if name in GENERIC or "." in name or name.endswith(("-Input", "-Output", "__1", "_2")):
            yield f"The name of components/{kind}/{name} does not mean something alone."


def _unresolved(document: dict[str, Any]) -> Iterator[str]:
    known = {f"#/components/{kind}/{name}" for kind, name, _ in _components(document)}
    yield from (f"{reference} does not resolve." for reference in sorted(set(references(document)) - known))


def _copies(document: dict[str, Any]) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for kind, name, component in _components(document):
        content = {member: value for member, value in component.items() if member not in {"description", "examples"}}
        text = json.dumps(content, sort_keys=True)
        first = seen.setdefault((kind, text), name)
        if kind == "schemas" and first != name:
            yield f"components/{kind}/{first} and {name} are equal."


def _resolved(document: dict[str, Any], value: Any) -> Any:
    while "$ref" in value:
        _, _, kind, name = value["$ref"].split("/")
        value = document["components"][kind].get(name, {})
    return value


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        yield from ((f"{method.upper()} {path}", operation) for method, operation in methods.items())


def _error_bodies(document: dict[str, Any]) -> Iterator[str]:
    for place, operation in _operations(document):
        for status, response in operation["responses"].items():
            content = _resolved(document, response).get("content", {})
            if content.get("application/problem+json", {}).get("schema", _BOTH) not in _ERRORS:
                yield f"{place} {status} does not refer to the shared problem."


def _gateway_statuses(document: dict[str, Any]) -> Iterator[str]:
    for place, operation in _operations(document):
        for status in ("401", "403") if operation["security"] else ():
            response = operation["responses"].get(status, operation["responses"].get("default", {}))
            content = _resolved(document, response).get("content", {})
            schemas = [content.get(f"application/{kind}", {}).get("schema") for kind in ("json", "problem+json")]
            if schemas != [_BOTH, _BOTH]:
                yield f"{place} {status} does not have the bodies of service and gateway."


def _schemas(document: dict[str, Any]) -> Iterator[tuple[str, JsonValue]]:
    for kind, name, component in _components(document):
        if kind == "schemas":
            yield name, component
    for place, operation in _operations(document):
        yield from ((f"{place} {parameter['name']}", parameter["schema"]) for parameter in operation["parameters"])


def _keywords(place: str, schema: JsonValue) -> Iterator[str]:
    for keyword, value in schema.items() if isinstance(schema, dict) else ():
        here = f"{place}/{keyword}"
        if keyword in _ONE:
            yield from _keywords(here, value)
        elif keyword in _SEVERAL and isinstance(value, list):
            for member in value:
                yield from _keywords(here, member)
        elif keyword in _NAMED and isinstance(value, dict):
            for name, member in value.items():
                yield from _keywords(f"{here}/{name}", member)
        elif keyword not in _PLAIN:
            yield f"{here} is no keyword of JSON Schema."
