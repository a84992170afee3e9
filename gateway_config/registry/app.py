"""The registry lists the services that the gateway serves now, with their routes, health and documentation.

It reads the gateway's route table, so a service is registered as soon as it is deployed.
"""

import json
import os
from http import HTTPStatus

from chalice.app import Response

from functions.shared.plain.problems import UnknownRoute, gateway_url
from functions.shared.requests import scopes
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import OpenApiDocument, add_openapi
from functions.shared.requests.texts import text_reply
from gateway_config.registry import pages
from gateway_config.registry.assets import asset
from gateway_config.registry.documents import get_documents
from gateway_config.registry.errors import ServiceNotRegistered
from gateway_config.registry.health import get_health, summary
from gateway_config.registry.models import RegisteredService, ServiceList, SystemHealth
from gateway_config.registry.openapi import About, merged
from gateway_config.registry.route_table import get_route_table

app = Service("registry")
add_openapi(app, __file__)


@app.endpoint(
    "GET", "/services", scope=None, answers={200: ServiceList}, descriptions={200: "All services, in one page"}
)
def list_services() -> Response:
    """List the registered services.

    Returns each service with its routes, its health and the faults of its registration. Requests the health of all
    services at the same time. The route table may be some seconds old.
    """
    return reply(ServiceList(items=with_health(get_route_table().services())))


@app.endpoint(
    "GET",
    "/services/{name}",
    scope=None,
    answers={200: RegisteredService},
    descriptions={200: "The service, with its routes and health"},
    problems=(ServiceNotRegistered,),
)
def read_service(name: str) -> Response:
    """Read a registered service.

    Returns its routes, its health and the faults of its registration. The route table may be some seconds old.
    """
    services = [service for service in get_route_table().services() if service.name == name]
    if not services:
        raise ServiceNotRegistered("Send a name that GET /services returns.")
    return reply(with_health(services)[0])


@app.endpoint(
    "GET",
    "/health",
    scope=None,
    answers={200: SystemHealth, 503: SystemHealth},
    descriptions={200: "At least one service is healthy", 503: "No service is healthy"},
)
def read_system_health() -> Response:
    """Read the system's health.

    Requests the health of all services at the same time. A service that does not respond in time is `unreachable`.
    """
    health = summary(get_health().results(get_route_table().services(), token()))
    status = HTTPStatus.SERVICE_UNAVAILABLE if health.status == "failing" else HTTPStatus.OK
    return reply(health, status=status)


@app.endpoint(
    "GET",
    "/openapi.json",
    scope=None,
    answers={200: OpenApiDocument, 304: None},
    descriptions={200: "OpenAPI document of all registered services"},
    headers=("If-None-Match",),
)
def read_merged_openapi() -> Response:
    """Read the merged OpenAPI document.

    Merges the documents of all registered services. `x-unavailable` lists services whose document could not be read.
    """
    services = get_route_table().services()
    document = merged(
        services, get_documents().results(services, token()), About(app.version, token_url(), gateway_url())
    )
    headers = {"Content-Type": "application/json", "Cache-Control": "public, max-age=5"}
    return text_reply(app.request, json.dumps(document, ensure_ascii=False).encode(), headers)


@app.endpoint(
    "GET",
    "/",
    scope=None,
    answers={200: None, 304: None},
    descriptions={200: "HTML page with all services"},
    headers=("If-None-Match",),
)
def read_catalogue() -> Response:
    """Show the catalogue of services.

    An HTML page lists each service with its owner, version, health and routes.
    """
    services = with_health(get_route_table().services())
    health = summary({service.name: service.health for service in services})
    return text_reply(app.request, pages.catalogue(services, health), pages.headers())


@app.endpoint(
    "GET",
    "/docs",
    scope=None,
    answers={200: None, 304: None},
    descriptions={200: "HTML page with the API reference"},
    headers=("If-None-Match",),
)
def read_reference() -> Response:
    """Show the API reference.

    An HTML page shows the merged OpenAPI document and can send requests.
    """
    return text_reply(app.request, pages.reference(), pages.headers(pages.viewer_policy(token_url())))


@app.endpoint(
    "GET",
    "/docs/problems",
    scope=None,
    answers={200: None, 304: None},
    descriptions={200: "HTML page with all problem codes"},
    headers=("If-None-Match",),
)
def read_problems() -> Response:
    """Show the problem codes.

    An HTML page explains each code of a problem document. The `type` of a problem links to it.
    """
    return text_reply(app.request, pages.problems(), pages.headers())


@app.endpoint(
    "GET",
    "/docs/{asset_name}",
    scope=None,
    answers={200: None, 304: None},
    descriptions={200: "The file, with its media type", 404: "The pages have no file of this name"},
    problems=(UnknownRoute,),
    headers=("If-None-Match",),
)
def read_asset(asset_name: str) -> Response:
    """Read a file of the pages.

    Returns a script or a style sheet that the HTML pages load.
    """
    file = asset(asset_name)
    return text_reply(app.request, file.body, file.headers)


def with_health(services: list[RegisteredService]) -> list[RegisteredService]:
    """Return services with their health."""
    statuses = get_health().results(services, token())
    return [service.model_copy(update={"health": statuses[service.name]}) for service in services]


def token() -> dict[str, str]:
    """Return the caller's token as a header, if health and documents are not public."""
    return {"Authorization": app.request.headers["authorization"]} if scopes.of_public_routes() else {}


def token_url() -> str:
    """Return the URL at which clients exchange their credentials for a token."""
    return os.environ["TOKEN_URL"]


handler = app.handler(warm=get_route_table)
