"""Asks the services how they are: their own GET /health/<name>, through the gateway, in parallel, within a deadline."""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from http import HTTPStatus

import urllib3

from gateway_config.registry.models import HealthStatus, RegisteredService, SystemHealth

REGISTRY = "registry"
AT_ONCE = 16
KEPT_SECONDS = 5.0
TIMEOUT_SECONDS = 2.0
DEADLINE_SECONDS = 3.0


class HealthCheck:
    """Asks services behind one gateway, each at most once in `KEPT_SECONDS`: anybody may ask the registry."""

    def __init__(self, gateway_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask through `gateway_url`, the base URL of the gateway; `clock` tells seconds."""
        self._url = gateway_url.rstrip("/")
        self._clock = clock
        self._kept: dict[str, tuple[float, HealthStatus]] = {}
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, retries=False, timeout=TIMEOUT_SECONDS)
        self._workers = ThreadPoolExecutor(max_workers=AT_ONCE)

    def of(self, services: Iterable[RegisteredService]) -> dict[str, HealthStatus]:
        """The status of each service by name; who has not answered at the deadline is unreachable."""
        asked: dict[str, Future[HealthStatus]] = {}
        statuses: dict[str, HealthStatus] = {}
        for service in services:
            if service.name == REGISTRY:
                statuses[service.name] = HealthStatus.OK
            elif not any(route.path == f"/health/{service.name}" for route in service.routes):
                statuses[service.name] = HealthStatus.UNKNOWN
            elif (kept := self._recent(service.name)) is not None:
                statuses[service.name] = kept
            else:
                asked[service.name] = self._workers.submit(self._ask, service.name)
        wait(asked.values(), timeout=DEADLINE_SECONDS)
        for name, answer in asked.items():
            statuses[name] = answer.result() if answer.done() else HealthStatus.UNREACHABLE
            self._kept[name] = (self._clock(), statuses[name])
        return statuses

    def _recent(self, name: str) -> HealthStatus | None:
        if name not in self._kept:
            return None
        asked_at, status = self._kept[name]
        return status if self._clock() - asked_at < KEPT_SECONDS else None

    def _ask(self, name: str) -> HealthStatus:
        try:
            answer = self._http.request("GET", f"{self._url}/health/{name}")
        except urllib3.exceptions.HTTPError:
            return HealthStatus.UNREACHABLE
        return HealthStatus.OK if answer.status == HTTPStatus.OK else HealthStatus.FAILING


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
