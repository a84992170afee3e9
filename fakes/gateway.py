"""The gateway: sends HTTP API events (payload format 2.0) to a handler and reads its responses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


@dataclass
class Answer:
    """A response; `headers` has lower-case names."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.text)


@dataclass
class Gateway:
    """Calls a handler as API Gateway does, for a client with a token of these scopes."""

    handler: Handler
    scope: str | None
    client_id: str = "client-under-test"
    headers: Mapping[str, str] = field(default_factory=dict)
    context: object = None

    def call(
        self,
        route_key: str,
        *,
        path: Mapping[str, str] | None = None,
        query: str | Mapping[str, Any] = "",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request.

        Args:
            route_key: the matched route, such as `GET /v1/customers/{customer_id}`.
            path: values of the route's parameters.
            query: a raw query string, or parameters.
            body: sent as JSON unless it is a string, which is sent as it is.
            headers: more request headers.
        """
        sent = {"content-type": "application/json"} if body is not None else {}
        sent |= {name.lower(): value for name, value in {**self.headers, **(headers or {})}.items()}
        event = self.event(route_key, path or {}, query, sent)
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        return self.received(route_key, self.handler(event, self.context))

    def received(self, route_key: str, response: dict[str, Any]) -> Answer:
        """Read the handler's response to a request of this route."""
        del route_key
        headers = {name.lower(): value for name, value in response["headers"].items()}
        return Answer(response["statusCode"], headers, response["body"])

    def event(
        self, route_key: str, path: Mapping[str, str], query: str | Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """The event of a request without a body.

        Shape: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
        """
        method, _, resource = route_key.partition(" ")
        raw_query = query if isinstance(query, str) else urlencode(query)
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": resource.format(**path) if path else resource,
            "rawQueryString": raw_query,
            "headers": dict(headers),
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "d0551e00",
                "domainName": "d0551e00.execute-api.us-east-1.amazonaws.com",
                "http": {"method": method, "path": resource, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
                "requestId": "request-under-test",
                "routeKey": route_key,
                "stage": "$default",
                "time": "22/Nov/2026:15:00:00 +0000",
                "timeEpoch": 1795359600000,
            },
            "isBase64Encoded": False,
        }
        if path:
            event["pathParameters"] = dict(path)
        if self.scope is not None:
            claims = {"client_id": self.client_id, "scope": self.scope, "token_use": "access"}
            event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        return event
