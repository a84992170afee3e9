"""Routes of every service: its health and its OpenAPI document."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from chalice.app import Response
from pydantic import BaseModel, Field

from functions.shared.aws.client import error_name
from functions.shared.aws.errors import CallFailed
from functions.shared.plain import log
from functions.shared.plain.problems import RETRY_SOON, DependencyUnavailable, gateway_url
from functions.shared.requests.operations import View
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.texts import text_reply


class OpenApiDocument(BaseModel, extra="allow"):
    """An OpenAPI document, version 3.1."""

    openapi: str = Field(description="Version of the OpenAPI specification", examples=["3.1.0"])


class Health(BaseModel):
    """Health of a service. An unhealthy service returns a problem document."""

    service: str = Field(description="Name of the service", examples=["customer"])
    version: str = Field(description="Version of the deployed code", examples=["0.1.0"])
    status: str = Field(description="Always `ok`", examples=["ok"])


def add_health(app: Service, check: Callable[[], object]) -> None:
    """Register GET /health/<name>, which returns 200, or 503 if `check` raises an error of AWS."""

    def read_health() -> Response:
        """Read the service's health.

        Reads from each resource that the service depends on.
        """
        try:
            check()
        except CallFailed as error:
            log.logger.error("unhealthy", extra={"fields": {"error": error_name(error)}})
            raise DependencyUnavailable(
                "The service cannot read its data. Send the request again later.", headers=RETRY_SOON
            ) from None
        return reply(Health(service=app.app_name, version=app.version, status="ok"))

    _name(app, read_health, "health")
    app.endpoint(
        "GET",
        f"/health/{app.app_name}",
        scope=None,
        answers={200: Health},
        descriptions={200: "The service is healthy", 503: "The service cannot reach a resource that it needs"},
        problems=(DependencyUnavailable,),
    )(read_health)


def add_openapi(app: Service, app_file: str) -> None:
    """Register GET /openapi/<name>, which returns openapi.json of the folder with `app_file`."""

    @cache
    def document(server: str) -> bytes:
        written = Path(app_file).with_name("openapi.json").read_bytes()
        return json.dumps(json.loads(written) | {"servers": [{"url": server}]}, ensure_ascii=False).encode()

    def read_openapi() -> Response:
        """Read the service's OpenAPI document.

        The document describes this service only. `GET /openapi.json` returns that of all services.
        """
        headers = {"Content-Type": "application/json", "Cache-Control": "public, max-age=60"}
        return text_reply(app.request, document(gateway_url() or ".."), headers)

    _name(app, read_openapi, "openapi")
    app.endpoint(
        "GET",
        f"/openapi/{app.app_name}",
        scope=None,
        answers={200: OpenApiDocument, 304: None},
        descriptions={200: "OpenAPI document of the service"},
        headers=("If-None-Match",),
    )(read_openapi)


def _name(app: Service, view: View, noun: str) -> None:
    # The operationId, which is unique among all services.
    view.__name__ = f"read_{app.app_name.replace('-', '_')}_{noun}"
