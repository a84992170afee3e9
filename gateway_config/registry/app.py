"""The registry: which services the gateway has, read live from its route table."""

from http import HTTPStatus

from chalice.app import Response

from functions.shared.replies import reply
from functions.shared.service import Service
from gateway_config.registry.errors import ServiceNotRegistered
from gateway_config.registry.health import get_health_check, summary
from gateway_config.registry.models import ServiceList
from gateway_config.registry.route_table import get_route_table

app = Service("registry")


@app.endpoint("GET", "/services", scope=None)
def list_services() -> Response:
    """Every registered service with its routes and its health."""
    services = get_route_table().services()
    statuses = get_health_check().of(services)
    return reply(ServiceList(items=[s.model_copy(update={"health": statuses[s.name]}) for s in services]))


@app.endpoint("GET", "/services/{name}", scope=None)
def read_service(name: str) -> Response:
    """One registered service."""
    found = [service for service in get_route_table().services() if service.name == name]
    if not found:
        raise ServiceNotRegistered("GET /services lists those that are.")
    return reply(found[0].model_copy(update={"health": get_health_check().of(found)[name]}))


@app.endpoint("GET", "/health", scope=None)
def system_health() -> Response:
    """The system's health, asked of each service; 503 only where none is well."""
    health = summary(get_health_check().of(get_route_table().services()))
    status = HTTPStatus.SERVICE_UNAVAILABLE if health.status == "failing" else HTTPStatus.OK
    return reply(health, status=status)


handler = app.handler(warm=get_route_table)
