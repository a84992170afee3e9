"""The OpenAPI document of all that is registered now, merged from the services' own.

The route table says what there is and which scope it takes; the documents say the rest. A route that no document tells
of has an operation without details.
"""

import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from pydantic import JsonValue

from gateway_config.registry.documents import Found, Unavailable
from gateway_config.registry.models import RegisteredRoute, RegisteredService
from gateway_config.registry.shapes import Document, Object, references

# A route for ANY method has no one operation; these are what clients use.
_ANY = ("get", "put", "post", "delete", "patch")
_CHECKED = "The gateway checks its signature, issuer, audience, expiry and scope (RFC8725)."
_DESCRIPTION = "What the gateway's route table has now, as each service describes itself."

# A path and a method, in lower case.
Place = tuple[str, str]
# Whether a route's path is greedy, and whether it is for ANY method: the gateway takes the least that fits.
Breadth = tuple[bool, bool]


@dataclass(frozen=True)
class About:
    """What the route table does not know.

    Attributes:
        version: of the registry.
        token_url: where clients exchange their credentials for a token.
        gateway_url: absolute base URL of the gateway, without a final slash.
    """

    version: str
    token_url: str
    gateway_url: str


@dataclass(frozen=True)
class Part:
    """What one service contributes.

    Attributes:
        service: its name.
        operations: by path and method; references in them are the service's own.
        breadths: of the routes that they belong to.
        definitions: the components that they lead to, by reference.
    """

    service: str
    operations: dict[Place, Object]
    breadths: dict[Place, Breadth]
    definitions: dict[str, JsonValue]


def merged(services: Sequence[RegisteredService], documents: Mapping[str, Found], about: About) -> Object:
    """The merged document.

    Args:
        services: as the route table has them.
        documents: each service's document, or why there is none, by the service's name.
        about: the rest.
    """
    described = {name: found for name, found in documents.items() if isinstance(found, Document)}
    parts = [part(service, described.get(service.name)) for service in services]
    names = new_references(parts)
    shown = owners(parts)
    unavailable = [(name, found.reason) for name, found in documents.items() if isinstance(found, Unavailable)]
    paths: dict[str, dict[str, JsonValue]] = {}
    components: dict[str, dict[str, JsonValue]] = {}
    for found in parts:
        for (path, method), operation in sorted(found.operations.items()):
            owner = shown[path, method]
            if owner == found.service:
                paths.setdefault(path, {})[method] = rewritten(operation, names[found.service])
            else:
                unavailable.append((found.service, f"{method.upper()} {path} is shown as {owner} describes it."))
        for reference, definition in found.definitions.items():
            _, _, kind, name = names[found.service].get(reference, reference).split("/")
            components.setdefault(kind, {})[name] = rewritten(definition, names[found.service])
    identify(paths)
    return {
        "openapi": "3.1.0",
        "info": info(about, unavailable),
        "servers": [{"url": about.gateway_url, "description": "The gateway", "x-internal": False}],
        "tags": [tag(service, described.get(service.name)) for service in services],
        "paths": dict(sorted(paths.items())),
        "components": {**components, "securitySchemes": security_schemes(services, described, about)},
        "x-unavailable": [{"service": name, "reason": reason} for name, reason in unavailable],
    }


def owners(parts: Sequence[Part]) -> dict[Place, str]:
    """The service that an operation is shown of, where several have it: as in the gateway, the narrowest route's."""
    found: dict[Place, str] = {}
    claims = [(breadth, place, part.service) for part in parts for place, breadth in part.breadths.items()]
    for _, place, service in sorted(claims):
        found.setdefault(place, service)
    return found


def info(about: About, unavailable: Sequence[tuple[str, str]]) -> Object:
    """The Info Object; it tells people what tools find in `x-unavailable`."""
    missing = "".join(f"\n- {name} is not described: {reason}" for name, reason in unavailable)
    return {
        "title": "Dossier",
        "version": about.version,
        "description": _DESCRIPTION + (f"\n{missing}" if missing else ""),
        "contact": {"name": "Dossier platform"},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def tag(service: RegisteredService, document: Document | None) -> Object:
    """The Tag Object of a service."""
    return {"name": service.name, "description": (document and document.info.description) or f"Owner: {service.owner}"}


def security_schemes(services: Sequence[RegisteredService], described: Mapping[str, Document], about: About) -> Object:
    """The two ways to authorise: fetching a token, and having one."""
    texts = {name: text for document in described.values() for name, text in document.scopes().items()}
    scopes = sorted({scope for service in services for route in service.routes for scope in route.scopes})
    flow: Object = {"tokenUrl": about.token_url, "scopes": {scope: texts.get(scope, "") for scope in scopes}}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": f"A JWT that is fetched with a client's id and secret. {_CHECKED}",
            "flows": {"clientCredentials": flow},
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"A JWT that you have already. {_CHECKED}",
        },
    }


def part(service: RegisteredService, document: Document | None) -> Part:
    """What a service contributes: the operations of its routes, described or not, and what they refer to."""
    told = {path: item.operations() for path, item in document.paths.items()} if document else {}
    found: dict[Place, Object] = {}
    breadths: dict[Place, Breadth] = {}
    # The broadest first, so that narrower ones take their places.
    for route in sorted(service.routes, key=breadth, reverse=True):
        # OpenAPI has no greedy parameters.
        path = route.path.replace("+}", "}")
        for method in methods(route, told.get(path, {})):
            operation = told.get(path, {}).get(method) or undescribed(path, method)
            found[path, method] = {**operation, "tags": [service.name], "security": security(route)}
            breadths[path, method] = breadth(route)
    definitions = document.definitions() if document else {}
    return Part(service.name, found, breadths, reachable(list(found.values()), definitions))


def breadth(route: RegisteredRoute) -> Breadth:
    """How much more a route takes than one method of one path."""
    return route.path.endswith("+}"), route.method == "ANY"


def methods(route: RegisteredRoute, told: Iterable[str]) -> Iterable[str]:
    """The methods of a route in lower case; for ANY, those that its document tells of. $default is no path at all."""
    if not route.path.startswith("/"):
        return ()
    return (told or _ANY) if route.method == "ANY" else (route.method.lower(),)


def undescribed(path: str, method: str) -> Object:
    """The Operation Object of a route that no document tells of."""
    parameters: list[JsonValue] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{([^}]+)\}", path)
    ]
    return {
        "summary": "Not described",
        "description": f"The service does not say what {method.upper()} {path} does.",
        "parameters": parameters,
        "responses": {"default": {"description": "Not described"}},
    }


def security(route: RegisteredRoute) -> list[JsonValue]:
    """Any one of a route's scopes opens it, as in API Gateway, whichever way the token was come by."""
    fetched: list[JsonValue] = [{"oauth2": [scope]} for scope in route.scopes]
    return [*fetched, {"bearer": []}] if fetched else []


def reachable(start: JsonValue, definitions: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Those of the definitions that something refers to, directly or not."""
    found: dict[str, JsonValue] = {}
    ahead = list(references(start))
    while ahead:
        reference = ahead.pop()
        if reference not in found:
            found[reference] = definitions[reference]
            ahead += references(definitions[reference])
    return found


def new_references(parts: Sequence[Part]) -> dict[str, dict[str, str]]:
    """What each service's references become: what services define differently gets the service's name in front."""
    taken = {reference for part in parts for reference in part.definitions}
    renamed: dict[str, dict[str, str]] = {part.service: {} for part in parts}
    different = differing(parts)
    for found in parts:
        for reference in sorted(different & set(found.definitions)):
            kind, _, name = reference.rpartition("/")
            prefix = re.sub(r"[^a-zA-Z0-9._-]", "_", found.service)
            new = unused(f"{kind}/{prefix}.{name}", taken)
            taken.add(new)
            renamed[found.service][reference] = new
    return renamed


def differing(parts: Sequence[Part]) -> set[str]:
    """The references that mean different things in two services, if only by what they refer to in turn."""
    meanings: dict[str, set[str]] = {}
    referrers: dict[str, set[str]] = {}
    holders = Counter(reference for found in parts for reference in found.definitions)
    for found in parts:
        for reference, definition in found.definitions.items():
            meanings.setdefault(reference, set()).add(json.dumps(definition, sort_keys=True))
            for ahead in references(definition):
                referrers.setdefault(ahead, set()).add(reference)
    different = {reference for reference, texts in meanings.items() if len(texts) > 1}
    new = list(different)
    while new:
        more = referrers.get(new.pop(), set()) - different
        different |= more
        new += more
    return {reference for reference in different if holders[reference] > 1}


def rewritten(value: JsonValue, names: Mapping[str, str]) -> Any:
    """A part of a document with new references, those in a discriminator's mapping included."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [rewritten(member, names) for member in value]
    if isinstance(value, dict):
        return {name: rewritten(member, names) for name, member in value.items()}
    return value


def identify(paths: Mapping[str, Mapping[str, Any]]) -> None:
    """Give every operation an id that no other has: its own, else with its service's name in front."""
    operations = [(path, method, operation) for path, item in paths.items() for method, operation in item.items()]
    given = Counter(operation.get("operationId") for _, _, operation in operations)
    taken: set[str] = set()
    for path, method, operation in operations:
        wanted = operation.get("operationId") or re.sub(r"\W+", "_", f"{method}{path}").strip("_")
        if given[operation.get("operationId")] > 1 or not operation.get("operationId"):
            wanted = re.sub(r"\W", "_", operation["tags"][0]) + f"_{wanted}"
        operation["operationId"] = unused(wanted, taken)
        taken.add(operation["operationId"])


def unused(wanted: str, taken: Container[str]) -> str:
    """A name, or with a number after it, that is not taken."""
    numbered = (f"{wanted}_{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)
