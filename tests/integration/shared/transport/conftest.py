"""A server that sends any bytes, and clients of it."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from threading import Event, Thread

import pytest

from functions.shared.aws.transport.calls import Calls
from functions.shared.aws.transport.credentials import Credentials
from functions.shared.aws.transport.endpoint import DYNAMODB, KMS, Service

Script = Callable[["Wire"], None]


class Wire:
    """One connection of a client, as the server sees it."""

    def __init__(self, sock: socket.socket, stopping: Event) -> None:
        self._sock = sock
        self.stopping = stopping

    def request(self) -> bytes:
        """Return the next request; empty if the client has closed the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = self._sock.recv(65536)
            if not chunk:
                return b""
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(next(line.split(b":")[1] for line in head.split(b"\r\n") if line.startswith(b"Content-Length")))
        while len(body) < length:
            body += self._sock.recv(65536)
        return head + b"\r\n\r\n" + body

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._sock.sendall(data)

    def drip(self, data: bytes, pause: float) -> None:
        """Send bytes one by one, until the client or the test ends."""
        with suppress(OSError):
            for byte in data:
                self.send(bytes([byte]))
                if self.stopping.wait(pause):
                    return

    def reset(self) -> None:
        """Reset the connection instead of closing it."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def wait(self) -> None:
        """Send nothing until the test ends."""
        self.stopping.wait(30)


class Server:
    """A server on loopback that plays a script on each connection.

    Attributes:
        connections: how many clients have connected.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._stopping = Event()
        self._script: Script = Wire.wait
        self.connections = 0
        Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def plays(self, script: Script) -> None:
        """Set the script of the coming connections."""
        self._script = script

    def stop(self) -> None:
        """End all connections."""
        self._stopping.set()
        # Wakes the thread that accepts connections.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._socket.accept()
                self.connections += 1
                Thread(target=self._play, args=(sock,), daemon=True).start()

    def _play(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            self._script(Wire(sock, self._stopping))


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server."""
    running = Server()
    yield running
    with suppress(OSError):
        running.stop()


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Service], Calls]]:
    """A function that returns a client of the server, which waits at most 0.3 s."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setattr("functions.shared.aws.transport.calls.READ_SECONDS", 0.3)
    with ExitStack() as open_clients:

        def make(service: Service) -> Calls:
            return open_clients.enter_context(closing(Calls(service, lambda: Credentials("id", "secret", "session"))))

        yield make


@pytest.fixture
def dynamodb(client: Callable[[Service], Calls]) -> Calls:
    """A client of the server as DynamoDB."""
    return client(DYNAMODB)


@pytest.fixture
def kms(client: Callable[[Service], Calls]) -> Calls:
    """A client of the server as KMS."""
    return client(KMS)


def response(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """Return a response of HTTP/1.1 with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def elapsed(started: float) -> float:
    """Return the seconds since a time of the monotonic clock."""
    return time.monotonic() - started
