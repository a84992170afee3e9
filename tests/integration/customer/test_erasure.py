"""The progress of an erasure: receipts, and the list of erasures that are not complete."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.customer import overdue
from functions.customer.consumer import handler as consumer
from functions.customer.erasure import CONFIRM_WITHIN, ErasureRecord, Participant
from functions.customer.models import Customer
from functions.customer.store import get_store
from functions.shared.plain.clock import now
from functions.shared.plain.erasure import ErasureConfirmed, Retained
from functions.shared.plain.events import Event
from tests.support.customers import CALLER, CONFIRM, ERASURE, ERASURE_PATH, ERASURES, NOBODY, created, erased, register
from tests.support.deliveries import batch
from tests.support.dynamodb import Table
from tests.support.gateway import Answer, Gateway
from tests.support.logs import LogText
from tests.support.problems import code

CREDIT = "/dossier/test/credit"


def shown(gateway: Gateway, customer_id: str) -> dict[str, Any]:
    """The erasure of a customer."""
    answer = gateway.call(ERASURE, path={"customer_id": customer_id})
    assert answer.status == 200, answer.text
    erasure: dict[str, Any] = answer.json
    return erasure


def confirmation(erasure: dict[str, Any], source: str = CREDIT, **changes: Any) -> Event:
    """The event by which the credit service confirms an erasure."""
    data = {"erasure_id": erasure["erasure_id"], "service": "credit", "erased": {"reports": 12}, **changes}
    return Event.of(ErasureConfirmed.model_validate(data), source, erasure["customer_id"], now())


def deliver(*events: Event) -> dict[str, Any]:
    """Deliver events in one batch of the queue."""
    return consumer(batch(*events), None)


def confirm(gateway: Gateway, erasure: dict[str, Any], service: str = "notes", **changes: Any) -> Answer:
    """Confirm an erasure for a service without AWS credentials."""
    path = {"customer_id": erasure["customer_id"], "service": service}
    return gateway.call(CONFIRM, path=path, body={"erasure_id": erasure["erasure_id"], "erased": {}, **changes})


def listed(gateway: Gateway, status: str) -> list[str]:
    """The customers whose erasures have a status."""
    answer = gateway.call(ERASURES, query={"status": status})
    assert answer.status == 200, answer.text
    return [erasure["customer_id"] for erasure in answer.json["items"]]


@pytest.fixture
def erasure(gateway: Gateway) -> dict[str, Any]:
    """The erasure of a customer, which `credit` and `notes` must confirm."""
    answer: dict[str, Any] = erased(gateway, created(gateway), Dossier_Actor="clerk-7").json
    return answer


@pytest.fixture
def late_erasure(gateway: Gateway) -> dict[str, Any]:
    """An erasure that was requested 15 minutes ago."""
    customer = Customer(**created(gateway))
    participants = {"credit": Participant(source=CREDIT), "notes": Participant(client_id="client-under-test")}
    record = ErasureRecord.request(customer.id, CALLER, now() - CONFIRM_WITHIN, participants)
    get_store().erase(customer, record)
    return shown(gateway, customer.id)


@pytest.fixture
def registered() -> Iterator[None]:
    """For a test that registers services: only those of the other tests are registered after it."""
    yield
    client = boto3.client("ssm")
    pages = client.get_paginator("get_parameters_by_path").paginate(Path=ERASURE_PATH)
    names = [parameter["Name"] for page in pages for parameter in page["Parameters"]]
    for name in set(names) - {f"{ERASURE_PATH}/credit", f"{ERASURE_PATH}/notes"}:
        client.delete_parameter(Name=name)


def test_an_erasure_shows_its_request_and_a_receipt_of_each_service(gateway: Gateway, erasure: dict[str, Any]) -> None:
    assert shown(gateway, erasure["customer_id"]) == erasure
    assert erasure["status"] == "pending"
    assert erasure["requested_by"] == {"client_id": "client-under-test", "actor": "clerk-7"}
    assert [receipt["service"] for receipt in erasure["receipts"]] == ["credit", "notes"]
    assert {receipt["confirmed_at"] for receipt in erasure["receipts"]} == {None}


def test_an_erasure_is_complete_when_each_service_has_confirmed(
    gateway: Gateway, table: Table, erasure: dict[str, Any]
) -> None:
    until = now() + timedelta(days=700)
    kept = Retained(what="inquiries", why="12 CFR 1002.12(b)", until=until)
    event = confirmation(erasure, retained=[kept])
    assert deliver(event) == {"batchItemFailures": []}
    half = shown(gateway, erasure["customer_id"])
    assert half["status"] == "pending"
    assert half["receipts"][0] == {
        "service": "credit",
        "confirmed_at": json.loads(event.model_dump_json())["time"],
        "erased": {"reports": 12},
        "retained": [json.loads(kept.model_dump_json())],
    }
    assert listed(gateway, "pending") == [erasure["customer_id"]]
    answer = confirm(gateway, erasure, erased={"notes": 3}, retained=[{"what": "invoices", "why": "tax law"}])
    assert (answer.status, answer.json["status"]) == (200, "complete")
    assert answer.json == shown(gateway, erasure["customer_id"])
    assert listed(gateway, "pending") == []
    assert not [item for item in table.items() if item["pk"]["S"] == "ERASURES"]


def test_a_second_confirmation_changes_nothing(gateway: Gateway, erasure: dict[str, Any]) -> None:
    first = confirmation(erasure)
    deliver(first, first)
    receipts = shown(gateway, erasure["customer_id"])["receipts"]
    deliver(first, confirmation(erasure, erased={"reports": 0}))
    assert shown(gateway, erasure["customer_id"])["receipts"] == receipts
    complete = confirm(gateway, erasure).json
    assert confirm(gateway, erasure, erased={"notes": 7}).json == complete


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("/dossier/test/ssn", {}),
        ("/dossier/other/credit", {}),
        (CREDIT, {"erasure_id": "era_01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
        (CREDIT, {"service": "notes"}),
        (CREDIT, {"service": "loans"}),
    ],
    ids=["another service", "another stage", "another erasure", "in another's name", "an unknown service"],
)
def test_a_confirmation_that_is_not_the_services_own_is_ignored_and_logged(
    gateway: Gateway, erasure: dict[str, Any], log_text: LogText, source: str, changes: dict[str, str]
) -> None:
    assert deliver(confirmation(erasure, source, **changes)) == {"batchItemFailures": []}
    assert shown(gateway, erasure["customer_id"]) == erasure
    assert "confirmation refused" in [line["message"] for line in log_text.lines]


@pytest.mark.parametrize("customer_id", [NOBODY, "nobody"])
def test_a_confirmation_of_nobodys_erasure_is_ignored(gateway: Gateway, customer_id: str) -> None:
    del gateway
    assert deliver(confirmation({"erasure_id": "era_1", "customer_id": customer_id})) == {"batchItemFailures": []}


def test_only_the_registered_client_confirms_for_a_service(gateway: Gateway, erasure: dict[str, Any]) -> None:
    assert code(confirm(gateway, erasure, service="credit")) == (403, "receipt_refused")
    gateway.client_id = "another-client"
    assert code(confirm(gateway, erasure)) == (403, "receipt_refused")
    assert code(confirm(gateway, erasure, service="loans")) == (404, "erasure_not_found")
    assert code(confirm(gateway, erasure, erasure_id="era_1")) == (404, "erasure_not_found")


@pytest.mark.usefixtures("registered")
def test_no_one_can_confirm_for_a_service_with_a_broken_registration(gateway: Gateway) -> None:
    register("broken", "no JSON")
    erasure = erased(gateway, created(gateway)).json
    assert [receipt["service"] for receipt in erasure["receipts"]] == ["broken", "credit", "notes"]
    assert code(confirm(gateway, erasure, service="broken")) == (403, "receipt_refused")


@pytest.mark.usefixtures("registered")
def test_more_than_ten_services_take_part(gateway: Gateway) -> None:
    for number in range(12):
        register(f"service{number}", "{}")
    assert len(erased(gateway, created(gateway)).json["receipts"]) >= 12


def test_an_erasure_that_is_not_confirmed_within_15_minutes_is_overdue(
    gateway: Gateway, late_erasure: dict[str, Any], log_text: LogText
) -> None:
    assert late_erasure["status"] == "overdue"
    assert (listed(gateway, "overdue"), listed(gateway, "pending")) == ([late_erasure["customer_id"]], [])
    overdue.handler({}, None)
    assert [(line["message"], line["level"], line["count"]) for line in log_text.lines[-1:]] == [
        ("erasures overdue", "ERROR", 1)
    ]


def test_a_late_confirmation_completes_an_erasure(
    gateway: Gateway, late_erasure: dict[str, Any], log_text: LogText
) -> None:
    deliver(confirmation(late_erasure))
    assert confirm(gateway, late_erasure).json["status"] == "complete"
    assert listed(gateway, "overdue") == []
    overdue.handler({}, None)
    assert (log_text.lines[-1]["level"], log_text.lines[-1]["count"]) == ("INFO", 0)


def test_erasures_are_listed_in_pages(gateway: Gateway) -> None:
    customers = [created(gateway, email=f"ada.{number}@example.com") for number in range(5)]
    ids = [erased(gateway, customer).json["customer_id"] for customer in customers]
    found: list[str] = []
    query: dict[str, Any] = {"status": "pending", "limit": 2}
    while True:
        page = gateway.call(ERASURES, query=query).json
        found += [erasure["customer_id"] for erasure in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(found) == sorted(ids)


def test_a_customer_who_is_not_erased_has_no_erasure(gateway: Gateway) -> None:
    for customer_id in (created(gateway)["id"], NOBODY, "nobody"):
        answer = gateway.call(ERASURE, path={"customer_id": customer_id})
        assert code(answer) == (404, "erasure_not_found")


def test_the_list_of_erasures_needs_a_status(gateway: Gateway) -> None:
    assert code(gateway.call(ERASURES)) == (422, "invalid_request")
    assert code(gateway.call(ERASURES, query={"status": "complete"})) == (422, "invalid_request")
