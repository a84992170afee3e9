"""The services' own OpenAPI documents, which are validated before they are merged."""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path

from pydantic import BaseModel, ValidationError

from gateway_config.registry.models import REGISTRY, RegisteredService
from gateway_config.registry.polling import MAX_BYTES, Poller, Resource, Response
from gateway_config.registry.shapes import Document, references


class Unavailable(BaseModel):
    """A document that cannot be used, with the reason."""

    reason: str


DocumentResult = Document | Unavailable


def parsed(body: bytes) -> DocumentResult:
    """Return the document in a body. A reader would fetch its external references, so it must not have any."""
    try:
        document = Document.model_validate_json(body)
    except ValidationError:
        return Unavailable(reason="The document is not OpenAPI 3.1.")
    try:
        # pydantic accepts NaN, Infinity and 1e999, with which the merged document would not be JSON.
        json.dumps(document.raw(), allow_nan=False)
    except ValueError:
        return Unavailable(reason="The document contains a number that JSON does not allow.")
    if set(references(document.raw())) <= document.definitions().keys():
        return document
    return Unavailable(reason="The document refers to a component that it does not contain.")


def read(response: Response) -> DocumentResult:
    """Return the document in a service's response."""
    if response.status != HTTPStatus.OK:
        return Unavailable(reason=f"The service returns its document with status {response.status}.")
    if len(response.body) > MAX_BYTES:
        return Unavailable(reason=f"The document has more than {MAX_BYTES} bytes.")
    return parsed(response.body)


DOCUMENT: Resource[DocumentResult] = Resource(
    "/openapi/", read, unavailable=Unavailable(reason="The service does not respond.")
)


class Documents:
    """OpenAPI documents of the services behind a gateway."""

    def __init__(self, gateway_url: str, own: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        """Poll through the base URL `gateway_url`. `own` is the registry's document. `clock` returns seconds."""
        self._poller = Poller(DOCUMENT, gateway_url, clock)
        self._own = parsed(own)

    def of(self, services: Iterable[RegisteredService], headers: Mapping[str, str]) -> dict[str, DocumentResult]:
        """Return the document of each service by name, or the reason why it is unavailable."""
        documents: dict[str, DocumentResult] = {}
        polled: list[str] = []
        for service in services:
            path = f"/openapi/{service.name}"
            documents[service.name] = Unavailable(reason=f"The route GET {path} is missing.")
            if service.name == REGISTRY:
                documents[service.name] = self._own
            elif service.has("GET", path):
                polled.append(service.name)
        return documents | self._poller.results(polled, headers)


@cache
def get_documents() -> Documents:
    """Return the documents behind the gateway GATEWAY_URL. The registry's own document is a file next to its code."""
    return Documents(os.environ["GATEWAY_URL"], Path(__file__).with_name("openapi.json").read_bytes())
