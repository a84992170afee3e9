"""The gateway's routes, from its registry.

Only the first request waits for the registry, for a short time. Later requests read it at the same time as the parts.
Old routes are ignored, because a service may be new. The gateway returns 404 if it really has no such route.
"""

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, wait
from http import HTTPStatus

import urllib3
from pydantic import BaseModel, ValidationError

from functions.profile.gateway import Gateway
from functions.shared.plain import log

KEPT_SECONDS = 5.0
WAIT_SECONDS = 1.0


class _Route(BaseModel):
    method: str
    path: str


class _Service(BaseModel):
    routes: list[_Route]


class _Services(BaseModel):
    items: list[_Service]


class Directory:
    """The routes that the registry returned last."""

    def __init__(self, gateway: Gateway, clock: Callable[[], float] = time.monotonic) -> None:
        """Use the registry of `gateway`. `clock` returns seconds."""
        self._gateway = gateway
        self._clock = clock
        self._requested_at: float | None = None
        self._read_at = float("-inf")
        self._shapes: frozenset[str] | None = None

    def lacks(self, route: str) -> bool:
        """Return whether the registry recently lacked a route. Names of path parameters are ignored."""
        fresh = self._clock() - self._read_at <= KEPT_SECONDS
        return fresh and self._shapes is not None and _shape(route) not in self._shapes

    def renew(self, workers: Executor, headers: Mapping[str, str]) -> None:
        """Read the registry in `workers`, with these headers, if the last read is more than `KEPT_SECONDS` ago."""
        if self._requested_at is not None and self._clock() - self._requested_at <= KEPT_SECONDS:
            return
        self._requested_at = self._clock()
        reading = workers.submit(self._read, headers)
        if self._shapes is None:
            wait([reading], timeout=WAIT_SECONDS)

    def _read(self, headers: Mapping[str, str]) -> None:
        try:
            response = self._gateway.get("/services", headers)
            if response.status == HTTPStatus.OK:
                services = _Services.model_validate_json(response.body).items
                self._shapes = frozenset(_shape(f"{r.method} {r.path}") for s in services for r in s.routes)
                self._read_at = self._clock()
                return
            reason = str(response.status)
        except (urllib3.exceptions.HTTPError, ValidationError) as error:
            reason = type(error).__name__
        log.logger.warning("the registry cannot be read", extra={"fields": {"error": reason}})


def _shape(route: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", route)
