"""The routes that the templates of this project register, to compare a running system with."""

import json
from typing import Any, NamedTuple

from infra import templates
from infra.templates import ROOT, load, resources


class Route(NamedTuple):
    """A route as its template has it; without scopes it is public."""

    service: str
    method: str
    path: str
    scopes: tuple[str, ...]


def template_routes(services: str | None = None) -> list[Route]:
    """The routes of the templates, each with the service that its integration introduces.

    Args:
        services: names separated by commas; None for every service that has a template.
    """
    paths = [*ROOT.glob("functions/*/template.yaml"), ROOT / "gateway_config" / "template.yaml"]
    routes = [route for path in sorted(paths) for route in _routes(load(path))]
    if services is None:
        return routes
    names = {name.strip() for name in services.split(",")}
    if unknown := names - {route.service for route in routes}:
        raise LookupError(f"no template introduces {sorted(unknown)}")
    return [route for route in routes if route.service in names]


def _routes(template: dict[str, Any]) -> list[Route]:
    integrations = resources(template, "AWS::ApiGatewayV2::Integration")
    routes = []
    for properties in templates.routes(template).values():
        integration = properties["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")
        service = json.loads(integrations[integration]["Description"]["Fn::Sub"])["service"]
        method, _, path = properties["RouteKey"].partition(" ")
        routes.append(Route(service, method, path, tuple(properties.get("AuthorizationScopes", []))))
    return routes
