"""The gateway's live route table, read as the registry of services.

GetRoutes and GetIntegrations share 10 requests a second with everybody in the account, so an answer is kept for some
seconds, and a stale one is served where a fresh one cannot be had.
"""

import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, cast

import boto3

from functions.shared.aws.boto import CLIENT_CONFIG, BotocoreCalls
from functions.shared.aws.client import Attempting
from functions.shared.aws.errors import CallFailed
from functions.shared.plain import log
from gateway_config.registry.models import RegisteredRoute, RegisteredService
from gateway_config.registry.registration import introduced, joined, problems_of_routes

KEPT_SECONDS = 5.0


class ApiGateway(Protocol):
    """The calls of API Gateway v2's client that the registry uses."""

    def get_routes(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def get_integrations(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class RouteTable:
    """Reads one API's route table."""

    def __init__(self, client: ApiGateway, api_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the API `api_id` through `client`; `clock` tells seconds."""
        self._client = client
        self._api_id = api_id
        self._clock = clock
        self._services: list[RegisteredService] | None = None
        self._read_at = 0.0

    def services(self) -> list[RegisteredService]:
        """Every registered service, by name; at most `KEPT_SECONDS` old unless API Gateway does not answer.

        Raises:
            CallFailed: API Gateway does not answer and nothing was read before.
        """
        if self._services is None or self._clock() - self._read_at > KEPT_SECONDS:
            try:
                self._services = self._read()
            except CallFailed as error:
                if self._services is None:
                    raise
                log.logger.warning("route table is stale", extra={"fields": {"error": error.code}})
            # Also after a failure: an API that refuses is not asked again at once.
            self._read_at = self._clock()
        return self._services

    def _read(self) -> list[RegisteredService]:
        introductions = {
            item["IntegrationId"]: introduced(item["IntegrationId"], item.get("Description", ""))
            for item in self._pages(self._client.get_integrations)
        }
        services: dict[str, RegisteredService] = {}
        for integration_id, routes in self._routes().items():
            said = introductions.get(integration_id) or introduced(integration_id, None)
            known = services.get(said.name)
            service = services[said.name] = joined(known, said) if known else said
            service.routes.extend(routes)
        for service in services.values():
            service.routes.sort(key=lambda route: (route.path, route.method))
            service.problems.extend(problems_of_routes(service))
        return sorted(services.values(), key=lambda service: service.name)

    def _routes(self) -> dict[str, list[RegisteredRoute]]:
        """The routes by the integration that they lead to."""
        found: dict[str, list[RegisteredRoute]] = {}
        for route in self._pages(self._client.get_routes):
            method, _, path = route["RouteKey"].rpartition(" ")
            integration_id = route.get("Target", "").rpartition("/")[2]
            # Scopes alone close nothing: only the JWT authorizer reads them.
            scopes = route.get("AuthorizationScopes", []) if route.get("AuthorizationType") == "JWT" else []
            found.setdefault(integration_id, []).append(RegisteredRoute(method=method, path=path, scopes=scopes))
        return found

    def _pages(self, call: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            answer = call(ApiId=self._api_id, MaxResults="500", **token)
            items += answer["Items"]
            if not answer.get("NextToken"):
                return items
            token = {"NextToken": answer["NextToken"]}


@cache
def get_route_table() -> RouteTable:
    """The route table of the API that API_ID names."""
    client = Attempting(BotocoreCalls(boto3.client("apigatewayv2", config=CLIENT_CONFIG)))
    return RouteTable(cast("ApiGateway", client), os.environ["API_ID"])
