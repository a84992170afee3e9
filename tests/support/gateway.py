"""The gateway in tests: each response must conform to the service's OpenAPI document."""

import gzip
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import fakes.gateway
from fakes.gateway import Answer, Handler
from tests.support.openapi_conformance import check_response

__all__ = ["EVERY_SCOPE", "Answer", "Gateway", "Handler", "gunzipped"]

EVERY_SCOPE = "customers/read customers/write customers/erase customers/confirm"


def gunzipped(body: str) -> str:
    """Return the text of a compressed body, as Lambda returns it."""
    return gzip.decompress(b64decode(body)).decode()


@dataclass
class Gateway(fakes.gateway.Gateway):
    """Calls a handler as API Gateway does, for a client with a token of these scopes."""

    scope: str | None = EVERY_SCOPE

    def received(self, route_key: str, response: dict[str, Any]) -> Answer:
        """Fail unless the service's OpenAPI document describes the response."""
        answer = super().received(route_key, response)
        body = gunzipped(answer.text) if response.get("isBase64Encoded") else answer.text
        check_response(route_key, answer.status, answer.headers.get("content-type", ""), body)
        return answer
