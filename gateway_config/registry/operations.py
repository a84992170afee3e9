"""Operations of the merged OpenAPI document: one for each method and path of the route table.

The route table contains the scopes, and the services' documents contain the rest.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from gateway_config.registry.components import unused
from gateway_config.registry.models import RegisteredRoute, RegisteredService
from gateway_config.registry.shapes import Document, Object

# Methods of a route for ANY method that no document describes.
_ANY = ("get", "put", "post", "delete", "patch")


class RoutedOperation(NamedTuple):
    """An operation of a route. Operations sort as the gateway selects routes: the most specific first.

    Attributes:
        greedy: whether the route's path ends with a greedy parameter.
        any_method: whether the route is for ANY method.
        path: path in the document.
        method: method in lower case.
        service: name of the service.
        content: the Operation Object, with the references of the service's document.
    """

    greedy: bool
    any_method: bool
    path: str
    method: str
    service: str
    content: Object


def operations(service: RegisteredService, document: Document | None) -> Iterator[RoutedOperation]:
    """Yield the operations of a service's routes, with or without a description."""
    described = {path: item.operations() for path, item in document.paths.items()} if document else {}
    for route in service.routes:
        # OpenAPI has no greedy parameters.
        path = route.path.replace("+}", "}")
        for method in methods(route, described.get(path, {})):
            content = described.get(path, {}).get(method) or undescribed(path, method)
            content = {**content, "tags": [service.name], "security": security(route)}
            greedy = route.path.endswith("+}")
            yield RoutedOperation(greedy, route.method == "ANY", path, method, service.name, content)


def selected(
    candidates: Iterable[RoutedOperation],
) -> tuple[dict[tuple[str, str], RoutedOperation], list[tuple[str, str]]]:
    """Select the operation of the most specific route for each path and method.

    Returns:
        The operations, and the service and reason of each operation that another service's operation hides.
    """
    chosen: dict[tuple[str, str], RoutedOperation] = {}
    hidden: dict[tuple[str, str], None] = {}
    for candidate in sorted(candidates, key=lambda operation: operation[:5]):
        operation = chosen.setdefault((candidate.path, candidate.method), candidate)
        if operation.service != candidate.service:
            reason = f"{candidate.method.upper()} {candidate.path} is a more specific route of {operation.service}."
            hidden[candidate.service, reason] = None
    return dict(sorted(chosen.items())), list(hidden)


def methods(route: RegisteredRoute, described: Iterable[str]) -> Iterable[str]:
    """Return the methods of a route in lower case. A route for ANY has the described ones. $default has none."""
    if not route.path.startswith("/"):
        return ()
    return (described or _ANY) if route.method == "ANY" else (route.method.lower(),)


def undescribed(path: str, method: str) -> Object:
    """Return the Operation Object of a route that no document describes."""
    parameters: list[JsonValue] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{([^}]+)\}", path)
    ]
    return {
        "summary": "Undocumented operation",
        "description": f"The service's document does not contain {method.upper()} {path}.",
        "parameters": parameters,
        "responses": {"default": {"description": "Undocumented response"}},
    }


def security(route: RegisteredRoute) -> list[JsonValue]:
    """Return the Security Requirement Objects of a route: one of its scopes is enough, as in API Gateway."""
    alternatives: list[JsonValue] = [{"oauth2": [scope]} for scope in route.scopes]
    return [*alternatives, {"bearer": []}] if alternatives else []


def identify(paths: Mapping[str, Mapping[str, Any]]) -> None:
    """Make operation ids unique. An id that is missing or used twice gets the service's name as a prefix."""
    contents = [(f"{method}{path}", content) for path, item in paths.items() for method, content in item.items()]
    uses = Counter(content.get("operationId") for _, content in contents)
    taken: set[str] = set()
    for route, content in contents:
        own = content.get("operationId")
        name = own or re.sub(r"\W+", "_", route).strip("_")
        if not own or uses[own] > 1:
            name = re.sub(r"\W", "_", content["tags"][0]) + f"_{name}"
        content["operationId"] = unused(name, taken)
        taken.add(content["operationId"])
