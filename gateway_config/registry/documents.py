"""The services' own OpenAPI documents, which are validated before they are merged."""

import json
import os
from functools import cache
from http import HTTPStatus
from pathlib import Path

from pydantic import BaseModel, ValidationError

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


def document(own: bytes) -> Resource[DocumentResult]:
    """Return the resource, with the registry's own document."""
    return Resource(
        "/openapi/",
        read,
        own=parsed(own),
        without_route=lambda path: Unavailable(reason=f"The route GET {path} is missing."),
        unavailable=Unavailable(reason="The service does not respond."),
    )


@cache
def get_documents() -> Poller[DocumentResult]:
    """Return the documents of the services behind the gateway GATEWAY_URL."""
    own = Path(__file__).with_name("openapi.json").read_bytes()
    return Poller(document(own), os.environ["GATEWAY_URL"])
