"""The gateway's route table, which is the registry of services.

GetRoutes and GetIntegrations share 10 requests a second with the whole AWS account. So the table is kept for some
seconds, and for longer if API Gateway does not respond.
"""

import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, cast

import boto3

from functions.shared.aws.boto import CLIENT_CONFIG
from functions.shared.aws.client import Attempting
from functions.shared.aws.errors import CallFailed
from functions.shared.plain import log
from gateway_config.registry.models import RegisteredRoute, RegisteredService
from gateway_config.registry.registration import joined, registered, route_problems

KEPT_SECONDS = 5.0


class ApiGateway(Protocol):
    """Calls of API Gateway v2's client that the registry uses."""

    def get_routes(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def get_integrations(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class RouteTable:
    """Route table of an API."""

    def __init__(self, client: ApiGateway, api_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the API `api_id` through `client`. `clock` returns seconds."""
        self._client = client
        self._api_id = api_id
        self._clock = clock
        self._services: list[RegisteredService] | None = None
        self._read_at = 0.0

    def services(self) -> list[RegisteredService]:
        """Return the registered services in the order of their names.

        Raises:
            CallFailed: API Gateway does not respond, and the table was never read.
        """
        if self._services is None or self._clock() - self._read_at > KEPT_SECONDS:
            try:
                self._services = self._read()
            except CallFailed as error:
                if self._services is None:
                    raise
                log.logger.warning("route table is stale", extra={"fields": {"error": error.code}})
            # Also after a failure, so that the next request does not repeat it.
            self._read_at = self._clock()
        return self._services

    def _read(self) -> list[RegisteredService]:
        by_integration = {
            item["IntegrationId"]: registered(item["IntegrationId"], item.get("Description", ""))
            for item in self._pages(self._client.get_integrations)
        }
        services: dict[str, RegisteredService] = {}
        for integration_id, routes in self._routes().items():
            service = by_integration.get(integration_id) or registered(integration_id, None)
            if service.name in services:
                service = joined(services[service.name], service)
            services[service.name] = service
            service.routes.extend(routes)
        for service in services.values():
            service.routes.sort(key=lambda route: (route.path, route.method))
            service.problems.extend(route_problems(service))
        return sorted(services.values(), key=lambda service: service.name)

    def _routes(self) -> dict[str, list[RegisteredRoute]]:
        """Return the routes by the id of their integration."""
        routes: dict[str, list[RegisteredRoute]] = {}
        for route in self._pages(self._client.get_routes):
            method, _, path = route["RouteKey"].rpartition(" ")
            integration_id = route.get("Target", "").rpartition("/")[2]
            # Without the JWT authorizer, the gateway ignores scopes.
            scopes = route.get("AuthorizationScopes", []) if route.get("AuthorizationType") == "JWT" else []
            routes.setdefault(integration_id, []).append(RegisteredRoute(method=method, path=path, scopes=scopes))
        return routes

    def _pages(self, call: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            response = call(ApiId=self._api_id, MaxResults="500", **token)
            items += response["Items"]
            if not response.get("NextToken"):
                return items
            token = {"NextToken": response["NextToken"]}


@cache
def get_route_table() -> RouteTable:
    """Return the route table of the API API_ID."""
    client = Attempting(boto3.client("apigatewayv2", config=CLIENT_CONFIG))
    return RouteTable(cast("ApiGateway", client), os.environ["API_ID"])
