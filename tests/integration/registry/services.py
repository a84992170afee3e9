"""Services on this machine's loopback that answer what a test wants, and documents for them to answer with."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from gateway_config.registry.models import RegisteredRoute, RegisteredService
from tests.support.loopback import Loopback

# What a service answers: a status and a body, or nothing until the test is over.
Reply = tuple[int, bytes]
HANGS: Reply = (0, b"")


class Services(Loopback):
    """Answers what `replies` has for a path, 404 without."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        """Listen on a free port."""
        super().__init__(_Service)
        self.replies = replies
        self.asked: list[str] = []


class _Service(BaseHTTPRequestHandler):
    server: Services

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.replies.get(self.path, (404, b""))
        if (status, body) == HANGS:
            self.server.over.wait(timeout=30)
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be silent."""


def registered(name: str, *routes: str, scopes: tuple[str, ...] = ()) -> RegisteredService:
    """A service with routes, such as `GET /v1/loans`, that take these scopes, and its public ones."""
    found = [RegisteredRoute(method="GET", path=f"/{kind}/{name}", scopes=[]) for kind in ("health", "openapi")]
    for key in routes:
        method, _, path = key.partition(" ")
        found.append(RegisteredRoute(method=method, path=path, scopes=list(scopes)))
    return RegisteredService(name=name, version="1.0.0", owner="o", docs="d", routes=found, problems=[])


def operation(**more: Any) -> dict[str, Any]:
    """An operation that answers 200."""
    return {"operationId": "read", "responses": {"200": {"description": "OK"}}, **more}


def answering(schema: str, **more: Any) -> dict[str, Any]:
    """An operation that answers with a schema of the document's components."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return operation(responses={"200": {"description": "OK", "content": content}}, **more)


def document(paths: dict[str, Any], schemas: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A service's document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "A service", "version": "1.0.0"},
        "paths": paths,
        "components": {"schemas": schemas or {}},
        **more,
    }


def encoded(found: Any) -> bytes:
    """As JSON."""
    return json.dumps(found).encode()
