"""Asks the services how they are: their own GET /health/<name>."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus

from gateway_config.registry.asking import Asking, Question, Reply
from gateway_config.registry.models import REGISTRY, HealthStatus, RegisteredService, SystemHealth


def status(reply: Reply) -> HealthStatus:
    """What a service says of itself."""
    return HealthStatus.OK if reply.status == HTTPStatus.OK else HealthStatus.FAILING


HEALTH = Question("/health/", status, silence=HealthStatus.UNREACHABLE)


class HealthCheck:
    """Knows how services behind one gateway are."""

    def __init__(self, gateway_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask through `gateway_url`, the base URL of the gateway; `clock` tells seconds."""
        self._asking = Asking(HEALTH, gateway_url, clock)

    def of(self, services: Iterable[RegisteredService], headers: Mapping[str, str]) -> dict[str, HealthStatus]:
        """The status of each service by name; one without a health of its own is unknown, and the registry is there."""
        statuses: dict[str, HealthStatus] = {}
        asked: list[str] = []
        for service in services:
            statuses[service.name] = HealthStatus.OK if service.name == REGISTRY else HealthStatus.UNKNOWN
            if service.name != REGISTRY and service.has("GET", f"/health/{service.name}"):
                asked.append(service.name)
        return statuses | self._asking.answers(asked, headers)


def summary(statuses: dict[str, HealthStatus]) -> SystemHealth:
    """The system's health; the registry's own word does not count, as it is always there to be asked."""
    services = [status for name, status in statuses.items() if name != REGISTRY]
    healthy = services.count(HealthStatus.OK)
    if healthy == len(services):
        return SystemHealth(status="ok", services=statuses)
    return SystemHealth(status="degraded" if healthy else "failing", services=statuses)


@cache
def get_health_check() -> HealthCheck:
    """The check through the gateway that GATEWAY_URL names."""
    return HealthCheck(os.environ["GATEWAY_URL"])
