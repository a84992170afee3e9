"""Requests for the same resource of every service, through the gateway.

All requests of a poll run in parallel and share a deadline. A result is kept for some seconds.
A service that does not respond cannot delay the others:

- Services that responded last time come first, and those that did not come last.
- A service is not requested again while an earlier request is still running. So there is at most one thread a service.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

import urllib3

from gateway_config.registry.models import REGISTRY, RegisteredService

MAX_PARALLEL = 64
KEPT_SECONDS = 5.0
TIMEOUT_SECONDS = 2.0
DEADLINE_SECONDS = 3.0
MAX_BYTES = 1024 * 1024

# Ranks of services, from the last poll.
_RESPONDED, _NOT_REQUESTED, _SILENT = range(3)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Response:
    """An HTTP response. `body` has at most one byte more than `MAX_BYTES`."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Resource(Generic[Result]):
    """A resource that every service has.

    Attributes:
        path: path below the gateway's base URL. The service's name follows it.
        read: converts a response to a result.
        own: result of the registry, which is not requested.
        without_route: returns the result of a service that has no route with this path.
        unavailable: result without a response.
    """

    path: str
    read: Callable[[Response], Result]
    own: Result
    without_route: Callable[[str], Result]
    unavailable: Result


class Poller(Generic[Result]):
    """Poller of a resource, which requests it from a service at most once in `KEPT_SECONDS`."""

    def __init__(
        self, resource: Resource[Result], gateway_url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Poll through the base URL `gateway_url`. `clock` returns seconds."""
        self._resource = resource
        self._url = gateway_url.rstrip("/") + resource.path
        self._clock = clock
        self._kept: dict[str, tuple[float, Result]] = {}
        self._ranks: dict[str, int] = {}
        self._requests: dict[str, Future[Result]] = {}
        self._http = urllib3.PoolManager(maxsize=MAX_PARALLEL)

    def results(self, services: Iterable[RegisteredService], headers: Mapping[str, str]) -> dict[str, Result]:
        """Return the result of each service by name. The requests have these headers."""
        results: dict[str, Result] = {}
        polled: list[str] = []
        for service in services:
            path = self._resource.path + service.name
            results[service.name] = self._resource.without_route(path)
            if service.name == REGISTRY:
                results[service.name] = self._resource.own
            elif service.has("GET", path):
                polled.append(service.name)
        return results | self._recent(polled, headers)

    def _recent(self, names: list[str], headers: Mapping[str, str]) -> dict[str, Result]:
        results: dict[str, Result] = {}
        due: list[str] = []
        for name in names:
            requested_at, results[name] = self._kept.get(name, (float("-inf"), self._resource.unavailable))
            if self._clock() - requested_at >= KEPT_SECONDS:
                results[name] = self._resource.unavailable
                if name not in self._requests or self._requests[name].done():
                    due.append(name)
        for name, result in self._poll(sorted(due, key=self._rank), headers):
            results[name] = result
            self._kept[name] = (self._clock(), result)
        return results

    def _poll(self, names: list[str], headers: Mapping[str, str]) -> Iterator[tuple[str, Result]]:
        """Yield the result of each service whose request started before the deadline."""
        workers = ThreadPoolExecutor(max_workers=MAX_PARALLEL)
        requests = {name: workers.submit(self._request, name, headers) for name in names}
        wait(requests.values(), timeout=DEADLINE_SECONDS)
        workers.shutdown(wait=False, cancel_futures=True)
        for name, request in requests.items():
            if request.cancelled():
                self._ranks[name] = _NOT_REQUESTED
                continue
            self._requests[name] = request
            result = request.result() if request.done() else self._resource.unavailable
            self._ranks[name] = _SILENT if result is self._resource.unavailable else _RESPONDED
            yield name, result

    def _rank(self, name: str) -> int:
        return self._ranks.get(name, _NOT_REQUESTED)

    def _request(self, name: str, headers: Mapping[str, str]) -> Result:
        try:
            response = self._http.request(
                "GET",
                self._url + quote(name, safe=""),
                headers=dict(headers),
                # urllib3 1.26, which a runtime may have, ignores these settings of a pool.
                retries=False,
                redirect=False,
                timeout=TIMEOUT_SECONDS,
                preload_content=False,
                # A compressed body could expand to a thousand times its size.
                decode_content=False,
            )
            body = response.read(MAX_BYTES + 1)
        except urllib3.exceptions.HTTPError:
            return self._resource.unavailable
        # A connection with unread bytes cannot be used again.
        (response.release_conn if len(body) <= MAX_BYTES else response.close)()
        return self._resource.read(Response(response.status, body))
