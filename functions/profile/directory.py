"""Which routes the gateway has now, as its registry says.

The registry is waited for only while nothing is known, and not long; later it is asked beside the parts. What it said
longer ago counts no more, as a service may have come since: the gateway says itself that it has no such route.
"""

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, wait
from http import HTTPStatus

import urllib3
from pydantic import BaseModel, ValidationError

from functions.profile.gateway import Gateway
from functions.shared import log

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
    """Keeps what the registry said last."""

    def __init__(self, gateway: Gateway, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask the registry of `gateway`; `clock` tells seconds."""
        self._gateway = gateway
        self._clock = clock
        self._asked_at: float | None = None
        self._learned_at = float("-inf")
        self._shapes: frozenset[str] | None = None

    def lacks(self, route: str) -> bool:
        """Whether the registry said lately that there is no such route; the names of its parameters do not matter."""
        fresh = self._clock() - self._learned_at <= KEPT_SECONDS
        return fresh and self._shapes is not None and _shape(route) not in self._shapes

    def renew(self, workers: Executor, headers: Mapping[str, str]) -> None:
        """Have `workers` ask the registry, with these headers, if that was `KEPT_SECONDS` ago."""
        if self._asked_at is not None and self._clock() - self._asked_at <= KEPT_SECONDS:
            return
        self._asked_at = self._clock()
        asking = workers.submit(self._learn, headers)
        if self._shapes is None:
            wait([asking], timeout=WAIT_SECONDS)

    def _learn(self, headers: Mapping[str, str]) -> None:
        try:
            answer = self._gateway.get("/services", headers)
            if answer.status == HTTPStatus.OK:
                services = _Services.model_validate_json(answer.body).items
                self._shapes = frozenset(_shape(f"{r.method} {r.path}") for s in services for r in s.routes)
                self._learned_at = self._clock()
                return
            said = str(answer.status)
        except (urllib3.exceptions.HTTPError, ValidationError) as error:
            said = type(error).__name__
        log.logger.warning("the registry does not say what is registered", extra={"fields": {"error": said}})


def _shape(route: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", route)
