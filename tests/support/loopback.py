"""Servers on this machine's loopback, and one of them: a gateway whose services answer their health as a test wants."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

# Answers of services: a status, or nothing until the test is over.
HANGS = 0


class Loopback(ThreadingHTTPServer):
    """A server that ends with its test; `over` says that it has."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), handler)
        self.over = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


Server = TypeVar("Server", bound=Loopback)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve until the block ends."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


class HealthServer(Loopback):
    """Answers GET /health/<name> with the status that `answers` has for the name, 404 without one."""

    def __init__(self, answers: Mapping[str, int]) -> None:
        """Listen on a free port."""
        super().__init__(_Health)
        self.answers = answers
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()


class _Health(BaseHTTPRequestHandler):
    server: HealthServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.tokens.add(self.headers["Authorization"])
        status = self.server.answers.get(self.path.removeprefix("/health/"), 404)
        if status == HANGS:
            self.server.over.wait(timeout=30)
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be silent."""


Serve = Callable[[Mapping[str, int]], HealthServer]
