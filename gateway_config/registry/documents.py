"""Asks the services for their own OpenAPI documents, of which nothing is taken on trust."""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path

from pydantic import BaseModel, ValidationError

from gateway_config.registry.asking import MAX_BYTES, Asking, Question, Reply
from gateway_config.registry.models import REGISTRY, RegisteredService
from gateway_config.registry.shapes import Document, references


class Unavailable(BaseModel):
    """Why there is no document."""

    reason: str


Found = Document | Unavailable


def parsed(body: bytes) -> Found:
    """A document, or why it is none; one that refers to anything outside itself would have its readers fetch it."""
    try:
        document = Document.model_validate_json(body)
    except ValidationError:
        return Unavailable(reason="Its document is not OpenAPI 3.1.")
    try:
        # Its parser takes NaN, Infinity and 1e999, which would make the merged document no JSON.
        json.dumps(document.raw(), allow_nan=False)
    except ValueError:
        return Unavailable(reason="Its document has a number that JSON cannot hold.")
    if set(references(document.raw())) <= set(document.definitions()):
        return document
    return Unavailable(reason="Its document refers to what it does not have.")


def read(reply: Reply) -> Found:
    """The document that a service answered with."""
    if reply.status != HTTPStatus.OK:
        return Unavailable(reason=f"It answers with status {reply.status}.")
    if len(reply.body) > MAX_BYTES:
        return Unavailable(reason=f"Its document has more than {MAX_BYTES} bytes.")
    return parsed(reply.body)


DOCUMENT: Question[Found] = Question("/openapi/", read, silence=Unavailable(reason="It does not answer."))


class Documents:
    """Knows how the services behind one gateway describe themselves."""

    def __init__(self, gateway_url: str, own: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask through `gateway_url`, the base URL of the gateway; `own` is the registry's; `clock` tells seconds."""
        self._asking = Asking(DOCUMENT, gateway_url, clock)
        self._own = parsed(own)

    def of(self, services: Iterable[RegisteredService], headers: Mapping[str, str]) -> dict[str, Found]:
        """The document of each service by name, or why there is none."""
        found: dict[str, Found] = {}
        asked: list[str] = []
        for service in services:
            route = f"/openapi/{service.name}"
            found[service.name] = Unavailable(reason=f"It has no route GET {route}.")
            if service.name == REGISTRY:
                found[service.name] = self._own
            elif service.has("GET", route):
                asked.append(service.name)
        return found | self._asking.answers(asked, headers)


@cache
def get_documents() -> Documents:
    """The documents behind the gateway that GATEWAY_URL names; the registry's own lies beside its code."""
    return Documents(os.environ["GATEWAY_URL"], Path(__file__).with_name("openapi.json").read_bytes())
