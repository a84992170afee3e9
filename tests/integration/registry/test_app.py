"""GET /services, /services/{name} and /health."""

import pytest
from mypy_boto3_apigatewayv2 import ApiGatewayV2Client

from infra.templates import ROOT
from tests.support.gateway import Gateway
from tests.support.logs import LogText
from tests.support.loopback import HealthServer, Serve
from tests.support.problems import code
from tests.support.routes import deploy

LIST, READ, HEALTH = "GET /services", "GET /services/{name}", "GET /health"
ROUTES = [
    "/",
    "/docs",
    "/docs/problems",
    "/docs/{asset_name}",
    "/health",
    "/openapi.json",
    "/openapi/registry",
    "/services",
    "/services/{name}",
]
CUSTOMER = ROOT / "functions" / "customer" / "template.yaml"
GATEWAY = ROOT / "gateway_config" / "template.yaml"


@pytest.fixture
def deployed(registry: Gateway, api: ApiGatewayV2Client, api_id: str) -> Gateway:
    """The registry of a gateway with the registry and the Customer Service."""
    deploy(GATEWAY, api, api_id)
    deploy(CUSTOMER, api, api_id)
    return registry


def add(name: str, api: ApiGatewayV2Client, api_id: str) -> None:
    """Register another service."""
    description = f'{{"service":"{name}","version":"1","owner":"o","docs":"d"}}'
    created = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", Description=description)
    target = f"integrations/{created['IntegrationId']}"
    api.create_route(ApiId=api_id, RouteKey=f"GET /health/{name}", Target=target)


def test_every_service_is_listed_with_its_routes_and_its_health(deployed: Gateway) -> None:
    answer = deployed.call(LIST)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert [(item["name"], item["health"]) for item in answer.json["items"]] == [("customer", "ok"), ("registry", "ok")]
    assert answer.json["next_cursor"] is None
    assert answer.json["items"][1] == {
        "name": "registry",
        "version": "0.1.0",
        "owner": "platform",
        "docs": "gateway_config/README.md",
        "deployed_at": None,
        "routes": [{"method": "GET", "path": path, "scopes": []} for path in ROUTES],
        "problems": [],
        "health": "ok",
    }


def test_one_service_is_as_it_is_in_the_list(deployed: Gateway) -> None:
    listed = deployed.call(LIST).json["items"]
    for item in listed:
        answer = deployed.call(READ, path={"name": item["name"]})
        assert (answer.status, answer.json) == (200, item)


@pytest.mark.parametrize("name", ["nobody", "Customer", "customer%20", "%00", "a" * 4000, "..%2Fhealth"])
def test_a_service_that_is_not_registered_is_404(deployed: Gateway, name: str) -> None:
    answer = deployed.call(READ, path={"name": name})
    assert code(answer) == (404, "service_not_registered")
    assert answer.json["detail"] == "Send a name that GET /services returns."


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_takes_no_query(deployed: Gateway, path: str) -> None:
    answer = deployed.call(f"GET {path}", path={"name": "customer", "asset_name": "dossier.css"}, query="a=1")
    assert code(answer) == (422, "invalid_request")


def test_the_system_is_well_when_every_service_is(deployed: Gateway) -> None:
    answer = deployed.call(HEALTH)
    assert (answer.status, answer.json) == (200, {"status": "ok", "services": {"customer": "ok", "registry": "ok"}})


def test_a_system_with_one_failing_service_is_degraded_and_answers_200(
    deployed: Gateway, api: ApiGatewayV2Client, api_id: str
) -> None:
    add("ssn", api, api_id)
    answer = deployed.call(HEALTH)
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    assert answer.json["services"] == {"customer": "ok", "registry": "ok", "ssn": "failing"}


def test_a_system_without_a_service_that_answers_is_503(
    registry: Gateway, api: ApiGatewayV2Client, api_id: str
) -> None:
    deploy(GATEWAY, api, api_id)
    add("ssn", api, api_id)
    answer = registry.call(HEALTH)
    assert answer.status == 503
    assert answer.json == {"status": "failing", "services": {"registry": "ok", "ssn": "failing"}}


def test_a_gateway_that_cannot_be_reached_makes_services_unreachable_not_the_registry(
    deployed: Gateway, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    gone = serve({})
    gone.shutdown()
    gone.server_close()
    monkeypatch.setenv("GATEWAY_URL", gone.url)
    assert deployed.call(READ, path={"name": "customer"}).json["health"] == "unreachable"
    assert deployed.call(READ, path={"name": "registry"}).json["health"] == "ok"


def test_an_api_that_does_not_exist_is_our_defect(
    registry: Gateway, monkeypatch: pytest.MonkeyPatch, log_text: LogText
) -> None:
    monkeypatch.setenv("API_ID", "there-is-none")
    assert code(registry.call(LIST)) == (500, "internal_error")
    assert [line["message"] for line in log_text.lines] == ["defect", "request"]
    assert "there-is-none" not in log_text.getvalue()


BEARER = {"Authorization": "Bearer a.b.c"}


def test_services_are_asked_without_the_callers_token_where_anybody_may_ask(
    deployed: Gateway, services: HealthServer
) -> None:
    assert deployed.call(HEALTH, headers=BEARER).status == 200
    assert services.tokens == {None}


def test_where_nothing_is_public_the_registry_takes_a_scope_and_asks_services_as_its_caller(
    deployed: Gateway, services: HealthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_SCOPE", "registry/read")
    assert [code(deployed.call(key)) for key in (LIST, HEALTH, "GET /")] == [(401, "unauthenticated")] * 3
    assert services.tokens == set()
    reader = Gateway(deployed.handler, scope="registry/read", headers=BEARER)
    assert reader.call(HEALTH).json == {"status": "ok", "services": {"customer": "ok", "registry": "ok"}}
    assert services.tokens == {"Bearer a.b.c"}


def test_where_nothing_is_public_a_route_without_a_scope_is_shown_as_wrong(
    deployed: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_SCOPE", "registry/read")
    reader = Gateway(deployed.handler, scope="registry/read", headers=BEARER)
    assert reader.call(READ, path={"name": "customer"}).json["problems"] == [
        f"GET /{kind}/customer has no scope: anyone can call it." for kind in ("health", "openapi")
    ]
