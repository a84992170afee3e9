"""Breaking changes between two merged OpenAPI documents.

Requests that a client could send must stay valid, and responses must keep the members that a client reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Object = dict[str, Any]
Direction = Literal["request", "response"]

_GREATEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_RULES = ("format", "if", "multipleOf", "not", "pattern", "propertyNames", "then", "uniqueItems")


def breaking_changes(old: Object, new: Object) -> list[str]:
    """Return each breaking change as a sentence."""
    return list(dict.fromkeys(_Comparison(old, new).operations()))


@dataclass
class _Comparison:
    old: Object
    new: Object
    # Changes by pair of references. A pair that is still compared has none yet, as schemas can refer to themselves.
    _known: dict[tuple[str, str, Direction], list[str]] = field(default_factory=dict)

    def operations(self) -> Iterator[str]:
        """Yield the breaking changes of all operations."""
        for path, methods in self.old["paths"].items():
            for method, operation in methods.items():
                place = f"{method.upper()} {path}"
                if changed := self.new["paths"].get(path, {}).get(method):
                    yield from self._operation(place, operation, changed)
                else:
                    yield f"{place} is removed."

    def _operation(self, place: str, old: Object, new: Object) -> Iterator[str]:
        if any(way not in new["security"] for way in old["security"]) or (new["security"] and not old["security"]):
            yield f"{place} needs another scope."
        yield from self._parameters(place, old, new)
        yield from self._body(place, old.get("requestBody", {}), new.get("requestBody", {}))
        for status, response in old["responses"].items():
            if status not in new["responses"]:
                yield f"{place} {status} is removed."
                continue
            before, after = _resolved(self.old, response), _resolved(self.new, new["responses"][status])
            yield from self._content(f"{place} {status}", before, after, "response")

    def _parameters(self, place: str, old: Object, new: Object) -> Iterator[str]:
        before, after = ({(p["in"], p["name"]): p for p in operation["parameters"]} for operation in (old, new))
        for key in before.keys() - after.keys():
            yield f"{place} {key[1]} is removed."
        for key, parameter in after.items():
            if parameter["required"] and not before.get(key, {}).get("required"):
                yield f"{place} {key[1]} is required."
            if key in before:
                yield from self._schema(f"{place} {key[1]}", before[key]["schema"], parameter["schema"], "request")

    def _body(self, place: str, old: Object, new: Object) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield f"{place} body is required."
        yield from self._content(f"{place} body", old, new, "request")

    def _content(self, place: str, old: Object, new: Object, direction: Direction) -> Iterator[str]:
        for media_type, content in old.get("content", {}).items():
            if changed := new.get("content", {}).get(media_type):
                yield from self._schema(place, content["schema"], changed["schema"], direction)
            else:
                yield f"{place} {media_type} is removed."

    def _schema(self, place: str, old: Object, new: Object, direction: Direction) -> Iterator[str]:
        if "$ref" not in old:
            yield from self._choices(place, old, _resolved(self.new, new), direction)
            return
        references = (old["$ref"], new.get("$ref", ""), direction)
        if references not in self._known:
            self._known[references] = []
            name = old["$ref"].rpartition("/")[2]
            resolved = _resolved(self.old, old), _resolved(self.new, new)
            self._known[references] = list(self._choices(name, *resolved, direction))
        yield from self._known[references]

    def _choices(self, place: str, old: Object, new: Object, direction: Direction) -> Iterator[str]:
        before, after = _choices(old), _choices(new)
        if len(before) == len(after) == 1:
            yield from self._single(place, old, new, direction)
        # Each old request needs a choice that accepts it. Each new response needs a choice that a client expects.
        elif direction == "request":
            for number, choice in enumerate(before):
                here = f"{place}[{number}]"
                yield from min((list(self._schema(here, choice, other, direction)) for other in after), key=len)
        else:
            for number, choice in enumerate(after):
                here = f"{place}[{number}]"
                yield from min((list(self._schema(here, other, choice, direction)) for other in before), key=len)

    def _single(self, place: str, old: Object, new: Object, direction: Direction) -> Iterator[str]:
        if old.get("type") != new.get("type"):
            yield f"{place} has another type."
            return
        if removed := [value for value in _values(old) if _values(new) and value not in _values(new)]:
            yield f"{place} lacks {', '.join(map(str, removed))}."
        yield from self._members(place, old, new, direction)
        if "items" in old and "items" in new:
            yield from self._schema(f"{place}[]", old["items"], new["items"], direction)
        if direction == "request":
            yield from _narrowed(place, old, new)

    def _members(self, place: str, old: Object, new: Object, direction: Direction) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        required = set(old.get("required", [])), set(new.get("required", []))
        yield from (f"{place}.{name} is removed." for name in before if name not in after)
        if direction == "request":
            yield from (f"{place}.{name} is required." for name in sorted(required[1] - required[0]))
        else:
            yield from (f"{place}.{name} may be missing." for name in sorted((required[0] - required[1]) & set(after)))
        for name in before.keys() & after.keys():
            yield from self._schema(f"{place}.{name}", before[name], after[name], direction)


def _narrowed(place: str, old: Object, new: Object) -> Iterator[str]:
    if _values(new) and not _values(old):
        yield f"{place} allows fewer values."
    for keyword in _GREATEST:
        if keyword in new and (keyword not in old or new[keyword] < old[keyword]):
            yield f"{place} has a lower {keyword}."
    for keyword in _LEAST:
        if keyword in new and (keyword not in old or new[keyword] > old[keyword]):
            yield f"{place} has a higher {keyword}."
    for keyword in _RULES:
        if keyword in new and new[keyword] != old.get(keyword):
            yield f"{place} has another {keyword}."
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{place} refuses additional members."


def _values(schema: Object) -> list[Any]:
    return list(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _choices(schema: Object) -> list[Object]:
    return list(schema.get("anyOf") or schema.get("oneOf") or [schema])


def _resolved(document: Object, value: Object) -> Object:
    while "$ref" in value:
        _, _, kind, name = value["$ref"].split("/")
        value = document["components"][kind][name]
    return value
