"""What a service says of itself in its integration's Description, and what is wrong with how it is registered."""

import re
from datetime import UTC, datetime

from pydantic import ValidationError

from functions.shared.requests import scopes
from gateway_config.registry.models import REGISTRY, RegisteredService, Registration
from gateway_config.registry.public import may_be_public

NOWHERE = "nowhere"
UNCONNECTED = "Its routes lead to no integration."
UNUSABLE = (
    "The Description of its integration is not JSON with service ([a-z][a-z0-9-]{0,62}), version, owner and docs."
)
UNTIMELY = "The deployed_at of its registration is not a time (RFC 3339)."

# RFC 3339, section 5.6; datetime reads more than that.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def introduced(integration_id: str, description: str | None) -> RegisteredService:
    """A service without routes, from its integration's Description; one that says nothing usable goes by its id.

    Args:
        integration_id: empty for routes that have no target.
        description: None where there is no such integration.
    """
    try:
        said = Registration.model_validate_json(description or "")
    except ValidationError:
        wrong = UNCONNECTED if description is None else UNUSABLE
        name = integration_id or NOWHERE
        return RegisteredService(name=name, version=None, owner=None, docs=None, routes=[], problems=[wrong])
    deployed_at, problems = deployment(said.deployed_at)
    return RegisteredService(
        name=said.service,
        version=said.version,
        owner=said.owner,
        docs=said.docs,
        deployed_at=deployed_at,
        routes=[],
        problems=problems,
    )


def deployment(said: str) -> tuple[datetime | None, list[str]]:
    """When a service was deployed, which it need not say, and what is wrong with what it says."""
    if not said:
        return None, []
    try:
        if _TIME.fullmatch(said):
            return datetime.fromisoformat(said).astimezone(UTC), []
    except (ValueError, OverflowError):
        # No such day, or one that is before the year 1 or after 9999 in UTC.
        pass
    return None, [UNTIMELY]


def joined(known: RegisteredService, other: RegisteredService) -> RegisteredService:
    """A service that has several integrations, of which `other` is one more: the latest deployment is shown."""
    problems = [*known.problems, *other.problems]
    for member in ("owner", "docs"):
        first, second = getattr(known, member), getattr(other, member)
        if first != second:
            problems.append(f"Its integrations disagree on {member}: {first} and {second}.")
    times = [time for time in (known.deployed_at, other.deployed_at) if time]
    return known.model_copy(update={"problems": list(dict.fromkeys(problems)), "deployed_at": max(times, default=None)})


def problems_of_routes(service: RegisteredService) -> list[str]:
    """What is wrong with a service's routes: what is open to everybody, and what every service has and this has not."""
    some_are_open = not scopes.of_public_routes()
    problems = [
        f"{route.key} has no scope: everybody may call it."
        for route in service.routes
        if not route.scopes and not (some_are_open and may_be_public(route.key))
    ]
    if service.version is None:
        return problems
    expected = [f"/openapi/{service.name}"]
    if service.name != REGISTRY:
        # The registry is well if it answers at all.
        expected.append(f"/health/{service.name}")
    return problems + [f"It has no route GET {path}." for path in expected if not service.has("GET", path)]
