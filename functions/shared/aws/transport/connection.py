"""POST requests over kept connections, each with a time limit for the whole response."""

import io
import select
import socket
import ssl
import time
from functools import cache, partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import cast

from functions.shared.aws.errors import CallUnanswered
from functions.shared.aws.transport.endpoint import Endpoint

# DynamoDB's largest response is 16 MB (BatchGetItem); ours are pages of 1 MB.
MAX_RESPONSE_BYTES = 16 * 2**20


class Connections:
    """Kept connections to one endpoint. Threads never share a connection."""

    def __init__(self, endpoint: Endpoint, connect_seconds: float, read_seconds: float) -> None:
        """Limit the time to connect, and the time from sending a request to the end of its response."""
        self._endpoint = endpoint
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle: list[HTTPConnection] = []

    def post(self, headers: dict[str, str], body: bytes) -> tuple[HTTPResponse, bytes]:
        """Send a request and return the response with its body.

        Raises:
            CallUnanswered: no complete response arrived in time.
        """
        connection = self._connected()
        try:
            answered = self._exchange(connection, headers, body)
        except (OSError, HTTPException) as error:
            connection.close()
            raise CallUnanswered(type(error).__name__, maybe_received=True) from None
        except BaseException:
            connection.close()
            raise
        # A connection that the server ends has no socket any more.
        if connection.sock is not None:
            self._idle.append(connection)
        return answered

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _connected(self) -> HTTPConnection:
        while self._idle:
            connection = self._idle.pop()
            if _is_open(connection):
                return connection
            connection.close()
        where = self._endpoint
        connection = (
            HTTPSConnection(where.host, where.port, timeout=self._connect_seconds, context=_context())
            if where.secure
            else HTTPConnection(where.host, where.port, timeout=self._connect_seconds)
        )
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise CallUnanswered(type(error).__name__, maybe_received=False) from None
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connection

    def _exchange(self, connection: HTTPConnection, headers: dict[str, str], body: bytes) -> tuple[HTTPResponse, bytes]:
        ends_at = time.monotonic() + self._read_seconds
        connection.sock.settimeout(self._read_seconds)
        connection.putrequest("POST", self._endpoint.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        connection.response_class = partial(_response, ends_at)  # type: ignore[assignment]
        with connection.getresponse() as response:
            return response, _content(response)


def _response(ends_at: float, sock: socket.socket, method: str) -> HTTPResponse:
    return HTTPResponse(cast("socket.socket", _Limited(sock, ends_at)), method=method)


class _Limited(io.RawIOBase):
    """The readable side of a socket. It fails after a time, also if single bytes keep arriving."""

    def __init__(self, sock: socket.socket, ends_at: float) -> None:
        self._sock = sock
        # Keeps the socket open until the body is read, also if the server ends the connection.
        self._raw = sock.makefile("rb", buffering=0)
        self._ends_at = ends_at

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a buffered reader, as `socket.makefile` does."""
        del mode
        return io.BufferedReader(self)  # type: ignore[arg-type]

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Read some bytes within the remaining time."""
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)
        return self._raw.readinto(buffer) or 0

    def close(self) -> None:
        """Release the socket."""
        self._raw.close()
        super().close()


def _content(response: HTTPResponse) -> bytes:
    if not response.chunked and (response.length is None or response.length > MAX_RESPONSE_BYTES):
        raise HTTPException
    content = response.read(MAX_RESPONSE_BYTES + 1) if response.chunked else response.read()
    if len(content) > MAX_RESPONSE_BYTES:
        raise HTTPException
    return content


def _is_open(connection: HTTPConnection) -> bool:
    """Return whether an idle connection is open. Between requests, only its end makes it readable."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return not poll.poll(0)


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
