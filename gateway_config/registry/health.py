"""Health of the services, from their GET /health/<name>."""

import os
from functools import cache
from http import HTTPStatus

from gateway_config.registry.models import REGISTRY, HealthStatus, SystemHealth
from gateway_config.registry.polling import Poller, Resource, Response


def status(response: Response) -> HealthStatus:
    """Return the status in a service's response."""
    return HealthStatus.OK if response.status == HTTPStatus.OK else HealthStatus.FAILING


HEALTH = Resource(
    "/health/",
    status,
    own=HealthStatus.OK,
    without_route=lambda _: HealthStatus.UNKNOWN,
    unavailable=HealthStatus.UNREACHABLE,
)


def summary(statuses: dict[str, HealthStatus]) -> SystemHealth:
    """Return the system's health. The registry does not count."""
    services = [status for name, status in statuses.items() if name != REGISTRY]
    healthy = services.count(HealthStatus.OK)
    if healthy == len(services):
        return SystemHealth(status="ok", services=statuses)
    return SystemHealth(status="degraded" if healthy else "failing", services=statuses)


@cache
def get_health() -> Poller[HealthStatus]:
    """Return the health of the services behind the gateway GATEWAY_URL."""
    return Poller(HEALTH, os.environ["GATEWAY_URL"])
