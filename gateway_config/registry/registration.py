"""Registration of a service in its integration's Description, and the faults of a registration."""

from datetime import datetime

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from functions.shared.plain.clock import utc
from functions.shared.requests import scopes
from gateway_config.registry.models import REGISTRY, RegisteredService, Registration
from gateway_config.registry.public import may_be_public

NOWHERE = "nowhere"
NO_INTEGRATION = "Its routes have no integration."
NO_REGISTRATION = (
    "The Description of its integration must be JSON with service ([a-z][a-z0-9-]{0,62}), version, owner and docs."
)
NO_TIME = "deployed_at in its registration must be a time (RFC 3339)."


def registered(integration_id: str, description: str | None) -> RegisteredService:
    """Return a service without routes. Without a valid registration, its name is the integration's id.

    Args:
        integration_id: id of the integration; empty for routes without a target.
        description: the integration's Description; None if the integration does not exist.
    """
    try:
        registration = Registration.model_validate_json(description or "")
    except ValidationError:
        problem = NO_INTEGRATION if description is None else NO_REGISTRATION
        name = integration_id or NOWHERE
        return RegisteredService(name=name, version=None, owner=None, docs=None, routes=[], problems=[problem])
    deployed_at, problems = deployment_time(registration.deployed_at)
    return RegisteredService(
        name=registration.service,
        version=registration.version,
        owner=registration.owner,
        docs=registration.docs,
        deployed_at=deployed_at,
        routes=[],
        problems=problems,
    )


def deployment_time(text: str) -> tuple[datetime | None, list[str]]:
    """Return the optional time of deployment, and its faults."""
    if not text:
        return None, []
    try:
        return utc(text), []
    except PydanticCustomError:
        return None, [NO_TIME]


def joined(service: RegisteredService, other: RegisteredService) -> RegisteredService:
    """Return a service that has a further integration, `other`, with the time of its latest deployment."""
    problems = [*service.problems, *other.problems]
    for member in ("owner", "docs"):
        first, second = getattr(service, member), getattr(other, member)
        if first != second:
            problems.append(f"Its integrations have different {member}: {first} and {second}.")
    times = [time for time in (service.deployed_at, other.deployed_at) if time]
    return service.model_copy(
        update={"problems": list(dict.fromkeys(problems)), "deployed_at": max(times, default=None)}
    )


def route_problems(service: RegisteredService) -> list[str]:
    """Return the faults of a service's routes: open routes, and missing routes that every service must have."""
    public_routes_are_open = not scopes.of_public_routes()
    problems = [
        f"{route.key} has no scope: anyone can call it."
        for route in service.routes
        if not route.scopes and not (public_routes_are_open and may_be_public(route.key))
    ]
    if service.version is None:
        return problems
    expected = [f"/openapi/{service.name}"]
    if service.name != REGISTRY:
        expected.append(f"/health/{service.name}")
    return problems + [f"The route GET {path} is missing." for path in expected if not service.has("GET", path)]
