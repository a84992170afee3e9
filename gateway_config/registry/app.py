"""The registry: which services the gateway has, read live from its route table."""

import json
import os
from http import HTTPStatus

from chalice.app import Response

from functions.shared import scopes
from functions.shared.problems import UnknownRoute, gateway_url
from functions.shared.replies import reply
from functions.shared.service import OpenApiDocument, Service
from functions.shared.texts import text_reply
from gateway_config.registry import pages
from gateway_config.registry.assets import asset
from gateway_config.registry.documents import get_documents
from gateway_config.registry.errors import ServiceNotRegistered
from gateway_config.registry.health import get_health_check, summary
from gateway_config.registry.models import RegisteredService, ServiceList, SystemHealth
from gateway_config.registry.openapi import About, merged
from gateway_config.registry.route_table import get_route_table

app = Service("registry")
app.add_openapi(__file__)


@app.endpoint("GET", "/services", scope=None, answers={200: ServiceList})
def list_services() -> Response:
    """Every registered service with its routes and its health."""
    return reply(ServiceList(items=with_health(get_route_table().services())))


@app.endpoint("GET", "/services/{name}", scope=None, answers={200: RegisteredService}, problems=(ServiceNotRegistered,))
def read_service(name: str) -> Response:
    """One registered service."""
    found = [service for service in get_route_table().services() if service.name == name]
    if not found:
        raise ServiceNotRegistered("GET /services lists those that are.")
    return reply(with_health(found)[0])


@app.endpoint("GET", "/health", scope=None, answers={200: SystemHealth, 503: SystemHealth})
def system_health() -> Response:
    """The system's health, asked of each service; 503 only where none is well."""
    health = summary(get_health_check().of(get_route_table().services(), token()))
    status = HTTPStatus.SERVICE_UNAVAILABLE if health.status == "failing" else HTTPStatus.OK
    return reply(health, status=status)


@app.endpoint("GET", "/openapi.json", scope=None, answers={200: OpenApiDocument, 304: None}, headers=("If-None-Match",))
def read_merged_openapi() -> Response:
    """The OpenAPI document of all that is registered now; `x-unavailable` names services that are not described."""
    services = get_route_table().services()
    document = merged(services, get_documents().of(services, token()), About(app.version, token_url(), gateway_url()))
    headers = {"Content-Type": "application/json", "Cache-Control": "public, max-age=5"}
    return text_reply(app.request, json.dumps(document, ensure_ascii=False).encode(), headers)


@app.endpoint("GET", "/", scope=None, answers={200: None, 304: None}, headers=("If-None-Match",))
def read_catalogue() -> Response:
    """The catalogue of services, as a page."""
    services = with_health(get_route_table().services())
    health = summary({service.name: service.health for service in services})
    return text_reply(app.request, pages.catalogue(services, health), pages.headers())


@app.endpoint("GET", "/docs", scope=None, answers={200: None, 304: None}, headers=("If-None-Match",))
def read_reference() -> Response:
    """A page to read the merged OpenAPI document, and to try it."""
    return text_reply(app.request, pages.reference(), pages.headers(pages.viewer_policy(token_url())))


@app.endpoint("GET", "/docs/problems", scope=None, answers={200: None, 304: None}, headers=("If-None-Match",))
def read_problems() -> Response:
    """What each code of a problem document means, as a page."""
    return text_reply(app.request, pages.problems(), pages.headers())


@app.endpoint(
    "GET",
    "/docs/{asset_name}",
    scope=None,
    answers={200: None, 304: None},
    problems=(UnknownRoute,),
    headers=("If-None-Match",),
)
def read_asset(asset_name: str) -> Response:
    """A file that the pages are made with."""
    found = asset(asset_name)
    return text_reply(app.request, found.body, found.headers)


def with_health(services: list[RegisteredService]) -> list[RegisteredService]:
    """Services and how each of them is."""
    statuses = get_health_check().of(services, token())
    return [service.model_copy(update={"health": statuses[service.name]}) for service in services]


def token() -> dict[str, str]:
    """The caller's own token as a header, to ask services with where their health and documents are not public."""
    return {"Authorization": app.request.headers["authorization"]} if scopes.of_public_routes() else {}


def token_url() -> str:
    """Where clients exchange their credentials for a token."""
    return os.environ["TOKEN_URL"]


handler = app.handler(warm=get_route_table)
