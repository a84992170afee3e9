"""Credentials from the environment and from a container's endpoint."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from functions.shared.aws.errors import CallUnanswered
from functions.shared.aws.transport import credentials
from functions.shared.aws.transport.credentials import Container, Credentials, CredentialsNotFound, source

ADDRESS = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"


class Endpoint(ThreadingHTTPServer):
    """A container's endpoint.

    Attributes:
        requests: path and Authorization of each request.
        status: HTTP status code of the responses.
        lifetime: of the credentials.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str | None]] = []
        self.status = 200
        self.lifetime = timedelta(hours=1)

    @property
    def url(self) -> str:
        """The URL of the credentials."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1/credentials?id=1"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers["Authorization"]))
        number = len(self.server.requests)
        document = {
            "AccessKeyId": f"key-{number}",
            "SecretAccessKey": "secret",
            "Token": "session",
            "Expiration": (datetime.now(UTC) + self.server.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        body = json.dumps(document if self.server.status == 200 else {"code": "Error"}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A running endpoint, and an environment without other credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    server = Endpoint()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv(ADDRESS, server.url)
    yield server
    server.shutdown()
    server.server_close()


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    assert source()() == Credentials("id", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    assert source()() == Credentials("id", "secret", "session")


def test_credentials_do_not_print_secrets() -> None:
    assert repr(Credentials("id", "secret", "session")) == "Credentials(key_id='id')"


def test_a_container_returns_credentials_that_are_kept(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "container-token")
    current = source()
    assert current() == current() == Credentials("key-1", "secret", "session")
    assert endpoint.requests == [("/v1/credentials?id=1", "container-token")]


def test_credentials_are_renewed_five_minutes_before_they_expire(endpoint: Endpoint) -> None:
    endpoint.lifetime = timedelta(minutes=4)
    current = source()
    assert [current().key_id, current().key_id] == ["key-1", "key-2"]


def test_kept_credentials_are_used_while_the_endpoint_fails(endpoint: Endpoint) -> None:
    endpoint.lifetime = timedelta(minutes=4)
    current = source()
    assert current().key_id == "key-1"
    endpoint.status = 500
    assert current().key_id == "key-1"


def test_without_credentials_a_call_fails_before_it_is_sent(endpoint: Endpoint) -> None:
    endpoint.status = 500
    with pytest.raises(CallUnanswered) as failure:
        source()()
    assert (failure.value.code, failure.value.maybe_received) == ("CredentialsUnavailable", False)


def test_expired_credentials_are_not_used(endpoint: Endpoint) -> None:
    endpoint.lifetime = timedelta(seconds=-1)
    current = source()
    current()
    endpoint.status = 500
    with pytest.raises(CallUnanswered):
        current()


def test_a_token_in_a_file_is_read_each_time(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    endpoint.lifetime = timedelta(0)
    file = tmp_path / "token"
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(file))
    current = source()
    for token in ("first", "second"):
        file.write_text(f"{token}\n", encoding="utf-8")
        current()
    assert [token for _, token in endpoint.requests] == ["first", "second"]


@pytest.mark.parametrize("address", ["", "http://collector.test/", "file:///etc/passwd", "ftp://127.0.0.1/"])
def test_another_address_gets_no_token(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    del endpoint
    monkeypatch.setenv(ADDRESS, address)
    with pytest.raises(CredentialsNotFound):
        source()


def test_an_address_without_a_path_and_with_tls_is_accepted(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "HTTPSConnection", HTTPConnection)
    port = endpoint.server_address[1]
    monkeypatch.setenv(ADDRESS, f"https://127.0.0.1:{port}")
    assert source()().key_id == "key-1"
    assert isinstance(Container(endpoint.url).current(), Credentials)
    assert endpoint.requests[0] == ("/", None)
