"""What `make sam-local` puts behind the functions, and what it tells them."""

import gc
import json
import socket
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import httpx
import pytest

from functions.customer.app import app
from gateway_config.registry.route_table import RouteTable
from infra.generate.compose import TEMPLATE
from infra.local.sam.engine import NoEngine, find_host
from infra.local.sam.functions import env_vars, known
from infra.local.sam.relay import relay
from infra.local.sam.resources import Created, create_resources
from infra.templates import load, routes
from tests.support.account import account


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """The root template."""
    return load(TEMPLATE)


@pytest.fixture(scope="module")
def created(template: dict[str, Any]) -> Iterator[Created]:
    """Its resources in an account. Tests only read the template and the resources."""
    with account():
        yield create_resources(template)


def test_a_table_has_the_keys_and_indexes_of_the_template(created: Created) -> None:
    table = boto3.client("dynamodb").describe_table(TableName=created["CustomerTable"]["Ref"])["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    names = [index["IndexName"] for index in table["GlobalSecondaryIndexes"]]
    assert names == ["listing", "status_listing", "phone", "name_listing"]
    assert table["TableArn"] == created["CustomerTable"]["Arn"]


def test_a_key_is_of_the_kind_that_the_template_says(created: Created) -> None:
    client = boto3.client("kms")
    key = client.describe_key(KeyId=created["CustomerSigningKey"]["Arn"])["KeyMetadata"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")
    key = client.describe_key(KeyId=created["SsnNumberKey"]["Ref"])["KeyMetadata"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")


def test_the_registry_reads_every_service_with_its_routes(created: Created) -> None:
    services = RouteTable(boto3.client("apigatewayv2"), created["Api"]["Ref"]).services()  # type: ignore[arg-type]
    assert [service.problems for service in services] == [[]] * len(services)
    (customer,) = [service for service in services if service.name == "customer"]
    served = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert {(route.method, route.path) for route in customer.routes} == served


def test_functions_are_told_of_the_resources_that_exist(template: dict[str, Any], created: Created) -> None:
    told = env_vars(template, created, "http://10.0.0.1:5000", "http://10.0.0.1:3000")
    assert set(told) >= {"RegistryFunction", "CreditFunction", "CustomerFunction", "SsnFunction"}
    assert {variables["AWS_ENDPOINT_URL"] for variables in told.values()} == {"http://10.0.0.1:5000"}
    assert told["CustomerFunction"]["TABLE_NAME"] == "CustomerTable"
    assert told["CustomerFunction"]["SIGNING_KEY_ID"] == created["CustomerSigningKey"]["Arn"]
    assert told["RegistryFunction"]["API_ID"] == created["Api"]["Ref"]
    assert told["RegistryFunction"]["GATEWAY_URL"] == "http://10.0.0.1:3000"
    assert told["CustomerFunction"]["GATEWAY_URL"] == "http://10.0.0.1:3000"


def test_functions_are_told_only_what_the_template_declares(template: dict[str, Any], created: Created) -> None:
    told = env_vars(template, created, "http://10.0.0.1:5000", "http://10.0.0.1:3000")
    declared = {name: set(template["Resources"][name]["Properties"]["Environment"]["Variables"]) for name in told}
    assert {name: set(variables) - declared[name] for name, variables in told.items()} == {name: set() for name in told}


def test_everybody_may_do_everything_that_a_route_asks_for(template: dict[str, Any], created: Created) -> None:
    told = env_vars(template, created, "http://10.0.0.1:5000", "http://10.0.0.1:3000")
    claims = json.loads(told["CustomerFunction"]["DOSSIER_SAM_LOCAL_CLAIMS"])
    asked = {
        scope
        for route in routes(template, {"PublicRoutes": "scoped"}).values()
        for scope in route["AuthorizationScopes"]
    }
    assert claims["client_id"] == "sam-local"
    assert asked <= set(claims["scope"].split())


def test_claims_of_the_environment_are_everybodys(template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSSIER_SAM_LOCAL_CLAIMS", '{"client_id": "c", "scope": "customers/read"}')
    told = env_vars(template, {}, "http://10.0.0.1:5000", "http://10.0.0.1:3000")
    assert told["CreditFunction"]["DOSSIER_SAM_LOCAL_CLAIMS"] == '{"client_id": "c", "scope": "customers/read"}'


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"Ref": "Table"}, "table"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:table"),
        ({"Fn::GetAtt": ["Table", "StreamArn"]}, None),
        ({"Ref": "Queue"}, None),
        ({"Ref": "AWS::NoValue"}, None),
        ({"Fn::Sub": "${Table}"}, None),
        ("INFO", None),
    ],
)
def test_a_variable_is_known_where_it_names_what_was_created(value: Any, found: str | None) -> None:
    assert known(value, {"Table": {"Ref": "table", "Arn": "arn:table"}}) == found


# The docker library leaves a socket open when nobody answers.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_a_container_engine_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(NoEngine, match="Start Docker"):
        find_host()
    gc.collect()


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[int]:
    """A server on loopback that answers what it is sent; its port."""
    with HTTPServer(("127.0.0.1", 0), _Echo) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="containers elsewhere need no relay")


@on_linux
def test_a_relay_carries_requests_and_answers_whole(echo: int) -> None:
    body = b"0123456789abcdef" * 100_000
    with relay("127.0.0.2", echo):
        answers = [httpx.post(f"http://127.0.0.2:{echo}", content=body).content for _ in range(3)]
    assert answers == [body] * 3
    with pytest.raises(httpx.ConnectError):
        httpx.post(f"http://127.0.0.2:{echo}", content=body)


@on_linux
def test_a_relay_to_nobody_hangs_up() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        with relay("127.0.0.2", port), pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.2:{port}")


@on_linux
def test_a_relay_may_wait_at_an_address_that_the_machine_does_not_have_yet(echo: int) -> None:
    with pytest.raises(OSError, match="assign"), socket.socket() as ordinary:
        ordinary.bind(("192.0.2.200", echo))
    with relay("192.0.2.200", echo):
        pass
