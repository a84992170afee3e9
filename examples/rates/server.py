# ruff: noqa: INP001, T201 - a program of its own, which talks to the person who started it
"""Interest rates: a service that is no Lambda function, but any HTTP server that the gateway can reach.

    python examples/rates/server.py [PORT]

Needs nothing but Python. The gateway has checked token and scope before a request comes here, so let in nobody else:
see README.md.
"""

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

PORT = 8099
# Yearly, in per cent.
RATES = {"mortgage": 4.25, "car-loan": 6.9, "overdraft": 11.5}


class Rates(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer, or say in a problem document that there is no such thing."""
        path = urlsplit(self.path).path
        product = unquote(path.removeprefix("/v1/rates/"))
        if path == "/v1/rates":
            self.reply(HTTPStatus.OK, {"items": [rate(name) for name in RATES], "next_cursor": None})
        elif product in RATES:
            self.reply(HTTPStatus.OK, rate(product))
        elif path == "/health/rates":
            self.reply(HTTPStatus.OK, {"service": "rates", "version": "0.1.0", "status": "ok"})
        elif path == "/openapi/rates":
            self.reply(HTTPStatus.OK, json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")))
        else:
            self.refuse(HTTPStatus.NOT_FOUND, "There is no such rate")

    def reply(self, status: HTTPStatus, body: Any, media_type: str = "application/json") -> None:
        """Answer with JSON."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status: HTTPStatus, title: str) -> None:
        """Answer with a problem document (RFC 9457)."""
        problem = {"type": "about:blank", "title": title, "status": status, "code": "rate_not_found"}
        self.reply(status, {**problem, "request_id": str(uuid4())}, "application/problem+json")


def rate(product: str) -> dict[str, Any]:
    """A rate as it is answered."""
    return {"product": product, "percent_a_year": RATES[product]}


def main(port: int) -> None:
    """Serve on loopback until interrupted."""
    with ThreadingHTTPServer(("127.0.0.1", port), Rates) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else PORT)
