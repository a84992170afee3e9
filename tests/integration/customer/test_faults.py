"""DynamoDB that does not answer: nothing is lost, nothing is done twice, and the client hears of it in time."""

import time
from collections.abc import Callable
from itertools import repeat
from typing import Any

import boto3
import pytest

from functions.customer.models import Customer, CustomerDetails
from functions.customer.store import get_store
from functions.shared.aws.client import Attempting
from functions.shared.aws.transport.calls import CONNECT_SECONDS, READ_SECONDS
from functions.shared.plain import deadline
from functions.shared.plain.clock import now
from functions.shared.plain.problems import PreconditionFailed
from infra.templates import ROOT, load, resources
from tests.support.customers import (
    ADA,
    CALLER,
    CREATE,
    ERASE,
    EVENTS,
    LIST,
    PATCH,
    READ,
    STATUS,
    created,
    erased,
    moved,
    patched,
    read,
)
from tests.support.dynamodb import Table
from tests.support.faults import Faulty
from tests.support.gateway import Answer, Gateway
from tests.support.problems import code

TEMPLATE = ROOT / "functions" / "customer" / "template.yaml"
WRITE = "transact_write_items"
CREATIONS = [{}, {"Idempotency-Key": "k"}]


@pytest.fixture
def faulty(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Faulty:
    """The port through which the service reaches its table; it fails as a test plans."""
    del gateway
    port = Faulty(boto3.client("dynamodb"), {})
    # Pauses between attempts are none of this module's concern.
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(get_store(), "_client", Attempting(port))
    return port


@pytest.mark.parametrize("outcomes", [["after"], ["before", "after"], ["after", "before"], ["after", "after"]])
@pytest.mark.parametrize("headers", CREATIONS)
def test_a_creation_whose_reply_was_lost_is_one_creation(
    gateway: Gateway, table: Table, faulty: Faulty, outcomes: list[Any], headers: dict[str, str]
) -> None:
    faulty.plan(WRITE, *outcomes)
    answer = gateway.call(CREATE, body=ADA, headers=headers)
    assert faulty.faults == len(outcomes)
    assert answer.status == 201
    assert read(gateway, answer.json["id"]).json == answer.json
    assert sum(item["sk"]["S"] == "CUSTOMER" for item in table.items()) == 1


@pytest.mark.parametrize("headers", CREATIONS)
def test_a_lost_reply_does_not_hide_that_an_address_is_taken(
    gateway: Gateway, table: Table, faulty: Faulty, headers: dict[str, str]
) -> None:
    created(gateway, email="ADA@example.com")
    before = table.items()
    faulty.plan(WRITE, "before", "before")
    assert code(gateway.call(CREATE, body=ADA, headers=headers)) == (409, "email_taken")
    assert table.items() == before


def test_a_creation_that_failed_can_be_sent_again_with_its_key(gateway: Gateway, table: Table, faulty: Faulty) -> None:
    faulty.plan(WRITE, "before", "before", "after")
    answer = gateway.call(CREATE, body=ADA, headers={"Idempotency-Key": "k"})
    assert code(answer) == (503, "dependency_unavailable")
    assert answer.headers["retry-after"] == "1"
    again = gateway.call(CREATE, body=ADA, headers={"Idempotency-Key": "k"})
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert sum(item["sk"]["S"] == "CUSTOMER" for item in table.items()) == 1


CHANGES: dict[str, Callable[[Gateway, dict[str, Any]], Answer]] = {
    "patch": lambda gateway, customer: patched(gateway, customer, {"given_name": "Augusta"}),
    "email": lambda gateway, customer: patched(gateway, customer, {"email": "augusta@example.com"}),
    "status": lambda gateway, customer: moved(gateway, customer, "suspended"),
    "erase": erased,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("outcomes", [["after"], ["before", "after"], ["after", "after"]])
def test_a_change_whose_reply_was_lost_is_one_change(
    gateway: Gateway, table: Table, faulty: Faulty, change: str, outcomes: list[Any]
) -> None:
    customer = created(gateway, **ADA)
    faulty.plan(WRITE, *outcomes)
    assert CHANGES[change](gateway, customer).status in {200, 204}
    entries = [item["sk"]["S"] for item in table.items() if item["sk"]["S"].startswith("EVENT#")]
    assert sorted(entries) == ["EVENT#0000000001", "EVENT#0000000002"]
    assert sum(item["pk"]["S"].startswith("OUTBOX#") for item in table.items()) == (change == "erase")


@pytest.mark.parametrize("change", ["create", "patch", "email", "status"])
@pytest.mark.parametrize("overtaking", CHANGES)
def test_a_lost_reply_that_others_have_overtaken_is_a_success_still(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, change: str, overtaking: str
) -> None:
    customer = created(gateway) if change != "create" else {}
    ours = get_store()

    def overtake() -> None:
        monkeypatch.setattr(ours, "_client", boto3.client("dynamodb"))
        newest = gateway.call(LIST).json["items"][0]
        # What the first change was, the second must not be.
        status = "active" if newest["status"] == "suspended" else "suspended"
        calls: dict[str, Callable[[], Answer]] = {
            "patch": lambda: patched(gateway, newest, {"given_name": "Eve"}),
            "email": lambda: patched(gateway, newest, {"email": "eve@example.com"}),
            "status": lambda: moved(gateway, newest, status),
            "erase": lambda: erased(gateway, newest),
        }
        assert calls[overtaking]().status in {200, 204}
        monkeypatch.setattr(ours, "_client", port)

    port = Attempting(Faulty(boto3.client("dynamodb"), {WRITE: ["after"]}, overtake))
    monkeypatch.setattr(ours, "_client", port)
    if change == "create":
        assert gateway.call(CREATE, body=ADA).status == 201
    else:
        assert CHANGES[change](gateway, customer).status == 200


def test_a_stale_change_is_stale_however_often_it_is_attempted(gateway: Gateway, faulty: Faulty) -> None:
    # The version is read with the change, so only another one's commit between the two can make it stale.
    customer = Customer(**created(gateway))
    eve, augusta = (customer.changed(CustomerDetails(given_name=n, email=customer.email), now()) for n in ("Eve", "Al"))
    get_store().replace(customer, eve, CALLER)
    faulty.plan(WRITE, "before", "before")
    with pytest.raises(PreconditionFailed):
        get_store().replace(customer, augusta, CALLER)
    assert faulty.faults == 2


@pytest.mark.parametrize("operation", ["get_item", "query"])
def test_a_read_that_fails_twice_succeeds(gateway: Gateway, faulty: Faulty, operation: str) -> None:
    customer = created(gateway)
    faulty.plan(operation, "before", "after")
    answers = {"get_item": lambda: read(gateway, customer["id"]), "query": lambda: gateway.call(LIST)}
    assert answers[operation]().status == 200
    assert faulty.faults == 2


class Slow:
    """Time in which a call lasts as long as a call may, on a clock of its own; also Lambda's context."""

    def __init__(self, client: object, timeout: float) -> None:
        """Begin; `timeout` is the function's, in seconds."""
        self._client = client
        self._timeout = timeout
        self.seconds = 0.0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """The client's operation."""

        def call(**request: Any) -> Any:
            self.sleep(CONNECT_SECONDS + READ_SECONDS)
            return getattr(self._client, operation)(**request)

        return call

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds

    def monotonic(self) -> float:
        """The time."""
        return self.seconds

    def get_remaining_time_in_millis(self) -> float:
        """What Lambda says when the function starts."""
        return (self._timeout - self.seconds) * 1000


ROUTES: list[tuple[str, Any, dict[str, str]]] = [
    (CREATE, ADA, {}),
    (CREATE, ADA, {"Idempotency-Key": "k"}),
    (LIST, None, {}),
    (READ, None, {}),
    (EVENTS, None, {}),
    (PATCH, {"given_name": "Eve"}, {"If-Match": "*"}),
    (STATUS, {"status": "closed", "reason": "other"}, {"If-Match": "*"}),
    (ERASE, None, {"If-Match": "*"}),
]


@pytest.mark.parametrize(("route_key", "body", "headers"), ROUTES)
@pytest.mark.parametrize("dead", ["get_item", "query", WRITE, "nothing"])
def test_the_client_is_answered_before_lambda_ends_the_function(  # noqa: PLR0913, PLR0917 - what can vary
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, route_key: str, body: Any, headers: dict[str, str], dead: str
) -> None:
    customer = created(gateway, email="eve@example.com")
    (function,) = resources(load(TEMPLATE), "AWS::Serverless::Function").values()
    port = Faulty(boto3.client("dynamodb"), {dead: repeat("before", 99)})
    slow = Slow(port, function["Timeout"])
    monkeypatch.setattr(time, "monotonic", slow.monotonic)
    monkeypatch.setattr(time, "sleep", slow.sleep)
    monkeypatch.setattr(get_store(), "_client", Attempting(slow))
    patient = Gateway(gateway.handler, context=slow)
    answer = patient.call(route_key, path={"customer_id": customer["id"]}, body=body, headers=headers)
    assert slow.seconds <= function["Timeout"] - deadline.RESERVE_SECONDS
    if port.faults or answer.status >= 500:
        assert code(answer) == (503, "dependency_unavailable")
        assert answer.headers["retry-after"] == "1"
    else:
        assert answer.status < 300
