"""Events of an API Gateway HTTP API (payload format 2.0), converted for chalice, which reads only REST-style events."""

from typing import Any
from urllib.parse import parse_qs, unquote

from functions.shared.plain.tracing import traceparent

Event = dict[str, Any]


def rest_event(event: Event, method: str, path: str) -> Event:
    """Convert an HTTP API event of payload format 2.0 to the REST-style event that chalice reads.

    Args:
        event: the 2.0 event.
        method: of the matched route.
        path: of the matched route, with its parameters in braces.
    """
    parameters = event.get("pathParameters") or {}
    query = parse_qs(event.get("rawQueryString", ""), keep_blank_values=True)
    return {
        "headers": event.get("headers") or {},
        "multiValueQueryStringParameters": query,
        "pathParameters": {name: unquote(value) for name, value in parameters.items()},
        "stageVariables": event.get("stageVariables"),
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "requestContext": {**event["requestContext"], "httpMethod": method, "resourcePath": path},
    }


def http_response(response: Event) -> Event:
    """Return chalice's REST response in payload format 2.0, which has no multi-value headers."""
    response.pop("multiValueHeaders", None)
    return response


def trace(event: Event) -> dict[str, str]:
    """Return the request's `traceparent` for the log; empty if it is missing or malformed."""
    valid = traceparent((event.get("headers") or {}).get("traceparent"))
    return {} if valid is None else {"traceparent": valid}
