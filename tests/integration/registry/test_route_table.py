"""The route table, read as the registry of services."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from mypy_boto3_apigatewayv2 import ApiGatewayV2Client

from functions.shared.aws.errors import CallFailed, CallRefused, CallUnanswered
from gateway_config.registry.models import HealthStatus, RegisteredRoute, RegisteredService
from gateway_config.registry.registration import NO_INTEGRATION, NO_REGISTRATION, NO_TIME
from gateway_config.registry.route_table import ApiGateway, RouteTable
from infra.templates import ROOT, load, routes
from tests.support.logs import LogText
from tests.support.routes import declared, deploy

CUSTOMER = ROOT / "functions" / "customer" / "template.yaml"
GATEWAY = ROOT / "gateway_config" / "template.yaml"

CUSTOMER_ROUTES = [
    RegisteredRoute(method=route.method, path=route.path, scopes=list(route.scopes))
    for route in sorted(
        map(declared, routes(load(CUSTOMER)).values()),
        key=lambda route: (route.path, route.method),
    )
]


class Paged:
    """API Gateway with pages of two; counts its calls, and fails when told to."""

    def __init__(self, client: ApiGatewayV2Client) -> None:
        """Serve what `client` has."""
        self._client = client
        self.calls: list[str] = []
        self.failure: Exception | None = None

    def get_routes(self, **request: Any) -> dict[str, Any]:
        """A page of routes."""
        return self._page("routes", self._client.get_routes(ApiId=request["ApiId"])["Items"], request)

    def get_integrations(self, **request: Any) -> dict[str, Any]:
        """A page of integrations."""
        return self._page("integrations", self._client.get_integrations(ApiId=request["ApiId"])["Items"], request)

    def _page(self, kind: str, items: list[Any], request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(kind)
        if self.failure is not None:
            raise self.failure
        # API Gateway's documentation has the number as text.
        assert isinstance(request["MaxResults"], str)
        start = int(request.get("NextToken", "0"))
        more = {"NextToken": str(start + 2)} if start + 2 < len(items) else {}
        return {"Items": items[start : start + 2], **more}


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        """Begin at a time of no meaning, as monotonic clocks do."""
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.seconds


@pytest.fixture
def gateway(api: ApiGatewayV2Client) -> Paged:
    """API Gateway."""
    return Paged(api)


@pytest.fixture
def clock() -> Clock:
    """The route table's clock."""
    return Clock()


@pytest.fixture
def table(gateway: Paged, api_id: str, clock: Clock) -> RouteTable:
    """The route table."""
    return RouteTable(cast("ApiGateway", gateway), api_id, clock)


def integration(api: ApiGatewayV2Client, api_id: str, description: str | None, *route_keys: str) -> str:
    """A new integration with these routes."""
    said = {} if description is None else {"Description": description}
    created = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", **said)  # type: ignore[arg-type]
    for route_key in route_keys:
        api.create_route(ApiId=api_id, RouteKey=route_key, Target=f"integrations/{created['IntegrationId']}")
    return created["IntegrationId"]


def test_a_gateway_without_routes_has_no_services(table: RouteTable) -> None:
    assert table.services() == []


def test_a_service_is_registered_by_deploying_its_template(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str
) -> None:
    deploy(CUSTOMER, api, api_id, ServiceVersion="1.2.3", DeployedAt="2026-11-23T23:50:00Z")
    assert table.services() == [
        RegisteredService(
            name="customer",
            version="1.2.3",
            owner="customer-data",
            docs="functions/customer/README.md",
            deployed_at=datetime(2026, 11, 23, 23, 50, tzinfo=UTC),
            routes=CUSTOMER_ROUTES,
            problems=[],
            health=HealthStatus.UNKNOWN,
        )
    ]


def test_services_are_in_order_and_every_page_is_read(
    table: RouteTable, gateway: Paged, api: ApiGatewayV2Client, api_id: str
) -> None:
    deploy(GATEWAY, api, api_id)
    deploy(CUSTOMER, api, api_id)
    integration(api, api_id, '{"service":"aardvark","version":"1","owner":"o","docs":"d"}', "GET /v1/aardvarks")
    assert [(service.name, len(service.routes)) for service in table.services()] == [
        ("aardvark", 1),
        ("customer", len(CUSTOMER_ROUTES)),
        ("registry", 9),
    ]
    # Pages of two, rounded up.
    assert gateway.calls == ["integrations"] * 2 + ["routes"] * ((1 + len(CUSTOMER_ROUTES) + 9 + 1) // 2)


def test_a_service_whose_stack_is_deleted_is_gone(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str, clock: Clock
) -> None:
    deploy(CUSTOMER, api, api_id)
    assert len(table.services()) == 1
    for route in api.get_routes(ApiId=api_id)["Items"]:
        api.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    clock.seconds += 6
    assert table.services() == []


def test_an_answer_is_kept_for_five_seconds(
    table: RouteTable, gateway: Paged, api: ApiGatewayV2Client, api_id: str, clock: Clock
) -> None:
    assert table.services() == []
    deploy(CUSTOMER, api, api_id)
    clock.seconds += 5
    assert table.services() == []
    assert gateway.calls == ["integrations", "routes"]
    clock.seconds += 0.1
    assert [service.name for service in table.services()] == ["customer"]


@pytest.mark.parametrize(
    "failure",
    [
        CallRefused("TooManyRequestsException", 429),
        CallUnanswered("EndpointConnectionError", maybe_received=False),
    ],
)
def test_while_api_gateway_does_not_answer_the_last_answer_is_served(
    table: RouteTable, gateway: Paged, clock: Clock, log_text: LogText, failure: CallFailed
) -> None:
    before = table.services()
    gateway.failure = failure
    clock.seconds += 3600
    assert table.services() == before
    assert [(line["message"], line["error"]) for line in log_text.lines] == [("route table is stale", failure.code)]


def test_who_refused_is_not_asked_again_at_once(
    table: RouteTable, gateway: Paged, clock: Clock, api: ApiGatewayV2Client, api_id: str
) -> None:
    assert table.services() == []
    gateway.failure = CallUnanswered("EndpointConnectionError", maybe_received=False)
    clock.seconds += 6
    assert table.services() == []
    gateway.failure = None
    deploy(CUSTOMER, api, api_id)
    clock.seconds += 5
    assert table.services() == []
    clock.seconds += 0.1
    assert len(table.services()) == 1


def test_without_a_last_answer_the_failure_is_raised_and_the_next_one_asks_again(
    table: RouteTable, gateway: Paged, api: ApiGatewayV2Client, api_id: str
) -> None:
    deploy(CUSTOMER, api, api_id)
    gateway.failure = CallUnanswered("EndpointConnectionError", maybe_received=False)
    with pytest.raises(CallUnanswered):
        table.services()
    gateway.failure = None
    assert len(table.services()) == 1


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        "customer",
        "{",
        "null",
        "[]",
        "5",
        "{}",
        '{"service":"customer"}',
        '{"service":"customer","version":1,"owner":"o","docs":"d"}',
        '{"service":null,"version":"1","owner":"o","docs":"d"}',
    ],
)
def test_a_service_that_does_not_introduce_itself_is_listed_with_what_is_wrong(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str, description: str | None
) -> None:
    integration_id = integration(api, api_id, description, "GET /v1/things", "POST /v1/things")
    (service,) = table.services()
    assert service.name == integration_id
    assert (service.version, service.owner, service.docs) == (None, None, None)
    assert service.problems[0] == NO_REGISTRATION
    assert [(route.method, route.path) for route in service.routes] == [("GET", "/v1/things"), ("POST", "/v1/things")]


def test_a_table_of_many_hundred_routes_is_read_to_its_end(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str
) -> None:
    keys = [f"GET /v1/things/{number}" for number in range(512)]
    integration(api, api_id, '{"service":"things","version":"1","owner":"o","docs":"d"}', *keys)
    (service,) = table.services()
    assert len({route.path for route in service.routes}) == 512


def test_what_is_wrong_with_a_services_routes_is_told(table: RouteTable, api: ApiGatewayV2Client, api_id: str) -> None:
    integration(
        api, api_id, '{"service":"open","version":"1","owner":"o","docs":"d"}', "GET /docs/open", "GET /v1/open"
    )
    (service,) = table.services()
    assert service.problems == [
        "GET /v1/open has no scope: anyone can call it.",
        "The route GET /openapi/open is missing.",
        "The route GET /health/open is missing.",
    ]


def test_a_service_that_does_not_introduce_itself_may_be_open_as_well(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str
) -> None:
    integration(api, api_id, None, "ANY /v1/open")
    (service,) = table.services()
    assert service.problems == [NO_REGISTRATION, "ANY /v1/open has no scope: anyone can call it."]


def test_two_services_of_one_name_are_told_apart_by_what_they_disagree_on(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str
) -> None:
    ours = '{"service":"loan","version":"1","owner":"we","docs":"a","deployed_at":"2026-11-23T10:00:00+01:00"}'
    theirs = '{"service":"loan","version":"2","owner":"they","docs":"b","deployed_at":"2026-11-22T10:00:00Z"}'
    integration(api, api_id, ours, "GET /health/loan", "GET /openapi/loan")
    integration(api, api_id, theirs, "GET /services")
    (service,) = table.services()
    assert len(service.routes) == 3
    assert len(service.problems) == 2
    assert {"we", "they"} <= set(service.problems[0].removesuffix(".").split())
    assert "docs" in service.problems[1]
    assert service.deployed_at == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_broken_introduction_harms_no_other_service(table: RouteTable, api: ApiGatewayV2Client, api_id: str) -> None:
    deploy(CUSTOMER, api, api_id)
    integration(api, api_id, "{", "GET /v1/things")
    integration(api, api_id, None, "GET /v1/others")
    assert sorted(service.problems[:1] for service in table.services()) == [[], [NO_REGISTRATION], [NO_REGISTRATION]]
    assert "customer" in [service.name for service in table.services()]


def test_a_route_that_leads_nowhere_is_listed_with_what_is_wrong(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str
) -> None:
    deploy(CUSTOMER, api, api_id)
    api.create_route(ApiId=api_id, RouteKey="GET /v1/nowhere")
    nowhere = next(service for service in table.services() if service.name != "customer")
    assert nowhere.name != "", "a name that GET /services/{name} can ask for"
    assert nowhere.problems == [NO_INTEGRATION, "GET /v1/nowhere has no scope: anyone can call it."]


def test_a_route_whose_integration_was_deleted_leads_nowhere(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str
) -> None:
    deploy(CUSTOMER, api, api_id)
    deleted = integration(api, api_id, "{}", "GET /docs/gone")
    api.delete_integration(ApiId=api_id, IntegrationId=deleted)
    gone = next(service for service in table.services() if service.name != "customer")
    assert (gone.name, gone.problems) == (deleted, [NO_INTEGRATION])


def test_a_time_that_no_calendar_has_harms_no_other_service(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str
) -> None:
    deploy(CUSTOMER, api, api_id)
    said = '{"service":"old","version":"1","owner":"o","docs":"d","deployed_at":"0001-01-01T00:00:00+14:00"}'
    integration(api, api_id, said, "GET /health/old", "GET /openapi/old")
    assert {service.name: service.problems for service in table.services()} == {"customer": [], "old": [NO_TIME]}


@pytest.mark.parametrize("kind", ["NONE", "AWS_IAM"])
def test_scopes_that_no_authorizer_reads_are_none(
    table: RouteTable, api: ApiGatewayV2Client, api_id: str, kind: Any
) -> None:
    said = '{"service":"open","version":"1","owner":"o","docs":"d"}'
    target = f"integrations/{integration(api, api_id, said)}"
    api.create_route(
        ApiId=api_id,
        RouteKey="GET /v1/open",
        Target=target,
        AuthorizationType=kind,
        AuthorizationScopes=["open/read"],
    )
    (service,) = table.services()
    assert service.routes == [RegisteredRoute(method="GET", path="/v1/open", scopes=[])]
    assert "GET /v1/open has no scope: anyone can call it." in service.problems


def test_integrations_of_one_service_are_one_service(table: RouteTable, api: ApiGatewayV2Client, api_id: str) -> None:
    said = '{"service":"ssn","version":"1","owner":"o","docs":"d"}'
    integration(api, api_id, said, "GET /v1/ssn/{customer_id}")
    integration(api, api_id, said, "POST /v1/ssn/{customer_id}/reveal")
    (service,) = table.services()
    assert [route.path for route in service.routes] == ["/v1/ssn/{customer_id}", "/v1/ssn/{customer_id}/reveal"]


def test_the_default_route_has_no_method(table: RouteTable, api: ApiGatewayV2Client, api_id: str) -> None:
    integration(api, api_id, '{"service":"all","version":"1","owner":"o","docs":"d"}', "$default", "ANY /v1/any")
    (service,) = table.services()
    assert service.routes == [
        RegisteredRoute(method="", path="$default", scopes=[]),
        RegisteredRoute(method="ANY", path="/v1/any", scopes=[]),
    ]
