"""The registry on moto, called as the gateway calls it."""

from collections.abc import Iterator
from contextlib import ExitStack

import boto3
import pytest
from mypy_boto3_apigatewayv2 import ApiGatewayV2Client

from gateway_config.registry.app import handler
from gateway_config.registry.documents import get_documents
from gateway_config.registry.health import get_health
from gateway_config.registry.route_table import get_route_table
from tests.support.account import account
from tests.support.gateway import Gateway
from tests.support.loopback import HealthServer, Serve, serving


@pytest.fixture(scope="module")
def api() -> Iterator[ApiGatewayV2Client]:
    """API Gateway, one account for each module of tests: a client takes longer to make than an API."""
    with account():
        yield boto3.client("apigatewayv2")


@pytest.fixture
def api_id(api: ApiGatewayV2Client) -> str:
    """A new API without routes."""
    return api.create_api(Name="dossier-test", ProtocolType="HTTP")["ApiId"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server of healths, which ends with the test."""
    with ExitStack() as servers:
        yield lambda answers: servers.enter_context(serving(HealthServer(answers)))


@pytest.fixture
def services(serve: Serve) -> HealthServer:
    """The gateway that the registry asks: every service answers 200, but for ssn."""
    return serve({"customer": 200, "credit": 200, "ssn": 503})


@pytest.fixture
def registry(api_id: str, monkeypatch: pytest.MonkeyPatch, services: HealthServer) -> Iterator[Gateway]:
    """The registry of that API behind the gateway, for anyone."""
    monkeypatch.setenv("API_ID", api_id)
    monkeypatch.setenv("GATEWAY_URL", services.url)
    monkeypatch.setenv("TOKEN_URL", "https://auth.test/oauth2/token")
    forget()
    yield Gateway(handler, scope=None)
    forget()


def forget() -> None:
    """Make the registry start anew."""
    get_route_table.cache_clear()
    get_health.cache_clear()
    get_documents.cache_clear()
