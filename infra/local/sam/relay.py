"""A relay by which containers, and no other machine, reach ports of this machine's loopback."""

import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

# Allows binding to the address of the bridge before the engine creates it with the first container.
# Linux, include/uapi/linux/in.h; Python's socket module lacks it.
_IP_FREEBIND = 15


@contextmanager
def relay(address: str, port: int) -> Iterator[None]:
    """Relay connections to `address` and `port` to the same port of loopback."""
    with _Relay((address, port), _Connection) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


class _Relay(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        super().server_bind()


class _Connection(socketserver.BaseRequestHandler):
    server: _Relay

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.server_address[1])) as onward:
            answers = Thread(target=_copy, args=(onward, self.request), daemon=True)
            answers.start()
            _copy(self.request, onward)
            answers.join()


def _copy(source: Any, target: Any) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
