"""A gateway on this machine's loopback, whose services behave as a test wants."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.support.loopback import Loopback

PATHS = {
    "registry": "/services",
    "customer": "/v1/customers/{customer_id}",
    "credit": "/v1/credit/{customer_id}/score",
    "ssn": "/v1/ssn/{customer_id}",
}


class Asked(BaseHTTPRequestHandler):
    """One request; a behaviour answers it."""

    server: "Services"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Behave."""
        path = urlsplit(self.path).path
        self.server.connections.append(self.client_address[1])
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        for name, template in PATHS.items():
            before, _, after = template.partition("{customer_id}")
            if path.startswith(before) and path.endswith(after) and name in self.server.behaviours:
                self.server.behaviours[name](self)
                return
        answers(404, {"message": "Not Found"})(self)

    def say(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def raw(self, said: bytes) -> None:
        """Say this and end the connection."""
        self.wfile.write(said)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Be silent."""


Behaviour = Callable[[Asked], None]


class Services(Loopback):
    """The gateway; `behaviours` has one for each service that there is, and one for the registry."""

    def __init__(self, behaviours: Mapping[str, Behaviour]) -> None:
        """Listen on a free port."""
        super().__init__(Asked)
        self.behaviours = dict(behaviours)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.connections: list[int] = []

    def handle_error(self, *_: object) -> None:
        """Nothing: a client may leave when it likes."""


def answers(status: int, body: Any, content_type: str = "application/json", **headers: str) -> Behaviour:
    """Answers with JSON."""
    return lambda asked: asked.say(status, content_type, json.dumps(body).encode(), **headers)


def refuses(status: int, code: str) -> Behaviour:
    """Answers with a problem document."""
    problem = {"type": f"/docs/problems#{code}", "title": code, "status": status, "code": code, "request_id": "r-1"}
    return answers(status, problem, "application/problem+json")


def says(said: bytes) -> Behaviour:
    """Says these bytes where an HTTP answer should be, and ends the connection."""
    return lambda asked: asked.raw(said)


def hangs(asked: Asked) -> None:
    """Says nothing until the test is over."""
    asked.server.over.wait(timeout=30)


def trickles(asked: Asked) -> None:
    """Begins a good answer and never ends it, though there is always a little more."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    while not asked.server.over.wait(timeout=0.05):
        asked.wfile.write(b" ")


def registers(*names: str) -> Behaviour:
    """The registry, with these services."""
    routes = {name: [{"method": "GET", "path": PATHS[name], "scopes": []}] for name in names}
    return answers(200, {"items": [{"name": name, "routes": routes[name]} for name in names], "next_cursor": None})
