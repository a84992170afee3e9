"""Health of the services, from their GET /health/<name>."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus

from gateway_config.registry.models import REGISTRY, HealthStatus, RegisteredService, SystemHealth
from gateway_config.registry.polling import Poller, Resource, Response


def status(response: Response) -> HealthStatus:
    """Return the status in a service's response."""
    return HealthStatus.OK if response.status == HTTPStatus.OK else HealthStatus.FAILING


HEALTH = Resource("/health/", status, unavailable=HealthStatus.UNREACHABLE)


class HealthCheck:
    """Health of the services behind a gateway."""

    def __init__(self, gateway_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Poll through the base URL `gateway_url`. `clock` returns seconds."""
        self._poller = Poller(HEALTH, gateway_url, clock)

    def of(self, services: Iterable[RegisteredService], headers: Mapping[str, str]) -> dict[str, HealthStatus]:
        """Return the status of each service by name. The registry is always healthy: it is serving this request."""
        statuses: dict[str, HealthStatus] = {}
        polled: list[str] = []
        for service in services:
            statuses[service.name] = HealthStatus.OK if service.name == REGISTRY else HealthStatus.UNKNOWN
            if service.name != REGISTRY and service.has("GET", f"/health/{service.name}"):
                polled.append(service.name)
        return statuses | self._poller.results(polled, headers)


def summary(statuses: dict[str, HealthStatus]) -> SystemHealth:
    """Return the system's health. The registry does not count."""
    services = [status for name, status in statuses.items() if name != REGISTRY]
    healthy = services.count(HealthStatus.OK)
    if healthy == len(services):
        return SystemHealth(status="ok", services=statuses)
    return SystemHealth(status="degraded" if healthy else "failing", services=statuses)


@cache
def get_health_check() -> HealthCheck:
    """Return the health check through the gateway GATEWAY_URL."""
    return HealthCheck(os.environ["GATEWAY_URL"])
