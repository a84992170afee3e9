"""Moto's server, which is the AWS of the functions."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server


@contextmanager
def moto_server() -> Iterator[int]:
    """Run moto's server on loopback and yield its port. Its data is lost at the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()


class OneAtATime:
    """A WSGI application that serves one request at a time, so that moto's conditional writes are atomic."""

    def __init__(self, application: Any) -> None:
        """Serve `application`."""
        self._application = application
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Serve one request completely."""
        with self._lock:
            return list(self._application(environ, start_response))
