"""Components of the merged OpenAPI document.

Equal components of several services appear once. Components with the same name that differ, or refer to some that do,
get their service's name as a prefix.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from itertools import chain, count
from typing import Any

from pydantic import JsonValue

from gateway_config.registry.shapes import references

# Components by reference, such as `#/components/schemas/Customer`.
Components = Mapping[str, JsonValue]


def reachable(start: Iterable[str], neighbours: Callable[[str], Iterable[str]]) -> set[str]:
    """Return the references to which `start` leads, directly or not, and `start`."""
    seen: set[str] = set()
    ahead = list(start)
    while ahead:
        if (reference := ahead.pop()) not in seen:
            seen.add(reference)
            ahead += neighbours(reference)
    return seen


def used(part: JsonValue, components: Components) -> dict[str, JsonValue]:
    """Return the components to which a part of a document refers, directly or not."""
    names = reachable(references(part), lambda reference: references(components[reference]))
    return {reference: component for reference, component in components.items() if reference in names}


def differing(services: Iterable[Components]) -> set[str]:
    """Return the references that several services have, and whose components differ or refer to some that do."""
    uses: Counter[str] = Counter()
    definitions: dict[str, set[str]] = defaultdict(set)
    referrers: dict[str, set[str]] = defaultdict(set)
    for reference, component in chain.from_iterable(components.items() for components in services):
        uses[reference] += 1
        definitions[reference].add(json.dumps(component, sort_keys=True))
        for target in references(component):
            referrers[target].add(reference)
    own = [reference for reference, texts in definitions.items() if len(texts) > 1]
    return {reference for reference in reachable(own, lambda target: referrers[target]) if uses[reference] > 1}


def new_references(services: Mapping[str, Components]) -> dict[str, dict[str, str]]:
    """Return each service's new references by the old ones."""
    taken = set(chain.from_iterable(services.values()))
    different = differing(services.values())
    renamed: dict[str, dict[str, str]] = {}
    for service, components in services.items():
        renamed[service] = {}
        for reference in sorted(different & components.keys()):
            kind, _, name = reference.rpartition("/")
            renamed[service][reference] = unused(f"{kind}/{service}.{name}", taken)
            taken.add(renamed[service][reference])
    return renamed


def rewritten(value: JsonValue, renamed: Mapping[str, str]) -> Any:
    """Return a part of a document with new references, including those of discriminators."""
    match value:
        case str():
            return renamed.get(value, value)
        case list():
            return [rewritten(member, renamed) for member in value]
        case dict():
            return {name: rewritten(member, renamed) for name, member in value.items()}
    return value


def merged_components(services: Mapping[str, Components], renamed: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the Components Object of all services."""
    merged: dict[str, dict[str, Any]] = defaultdict(dict)
    for service, components in services.items():
        for reference, component in components.items():
            kind, name = renamed[service].get(reference, reference).split("/")[2:]
            merged[kind][name] = rewritten(component, renamed[service])
    return dict(merged)


def unused(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken, with a number at its end if necessary."""
    return next(candidate for candidate in chain([name], (f"{name}_{n}" for n in count(2))) if candidate not in taken)
