"""DELETE /v1/customers/{customer_id}."""

import json
import os
import re

import boto3
import pytest

from functions.customer.erasure import ErasureRecord
from functions.customer.models import Customer
from functions.customer.participants import registry
from functions.customer.store import get_store
from functions.shared.aws.items import members
from functions.shared.plain.clock import now
from functions.shared.plain.problems import PreconditionFailed
from tests.support.customers import (
    ADA,
    CALLER,
    CREATE,
    ERASE,
    LIST,
    NOBODY,
    SOURCE,
    created,
    erased,
    events,
    history,
    moved,
    patched,
    read,
)
from tests.support.dynamodb import Table
from tests.support.faults import Faulty
from tests.support.gateway import Gateway
from tests.support.problems import code


def test_an_erased_customer_answers_410_to_everything(gateway: Gateway) -> None:
    customer = created(gateway, **ADA)
    answer = erased(gateway, customer)
    assert answer.status == 202
    assert answer.headers["location"] == f"{customer['id']}/erasure"
    assert "etag" not in answer.headers
    for later in (
        read(gateway, customer["id"]),
        patched(gateway, customer, {"given_name": "Augusta"}),
        patched(gateway, customer, {"given_name": "Augusta"}, If_Match="*"),
        moved(gateway, customer, "closed"),
        history(gateway, customer["id"]),
        erased(gateway, customer),
    ):
        assert code(later) == (410, "customer_erased")
        assert later.headers["link"] == f'</v1/customers/{customer["id"]}/erasure>; rel="status"'


def test_what_stays_of_an_erased_customer_holds_no_personal_data(gateway: Gateway, table: Table) -> None:
    answer = gateway.call(CREATE, body=ADA, headers={"Idempotency-Key": "first"})
    customer = patched(gateway, answer.json, {"email": "augusta@example.com", "address": {"city": "Oakland"}}).json
    erased(gateway, customer)
    left = {item["sk"]["S"]: item for item in table.items()}
    (still_open,) = [sk for sk in left if "#era_" in sk]
    entries = ["EVENT#0000000001", "EVENT#0000000002", "EVENT#0000000003"]
    assert sorted(left) == sorted(["CUSTOMER", "ONCE", still_open, *entries])
    assert sorted(left["CUSTOMER"]) == ["erased_at", "erasure", "id", "pk", "sk", "write_token"]
    words = ["Ada", "Lovelace", "example.com", "4155550123", "1985", "Analytical", "Oakland", "94105", "gold", "en-US"]
    assert [word for word in words if word in json.dumps(left)] == []


def test_an_erasure_publishes_an_event(gateway: Gateway) -> None:
    customer = created(gateway)
    trace = f"00-{'1' * 32}-{'2' * 16}-01"
    answer = erased(gateway, customer, traceparent=trace, Dossier_Actor="clerk-7")
    (event,) = events()
    assert re.fullmatch(r"evt_[0-9A-HJKMNP-TV-Z]{26}", event.id)
    assert json.loads(event.model_dump_json()) == {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": "customer.erased",
        "subject": customer["id"],
        "time": answer.json["requested_at"],
        "dataschema": "urn:dossier:event:customer.erased:1",
        "traceparent": trace,
        "data": {"erasure_id": answer.json["erasure_id"], "client_id": "client-under-test"},
    }


@pytest.mark.parametrize("trace", ["", "x", f"00-{'0' * 32}-{'2' * 16}-01"])
def test_a_traceparent_that_is_none_is_not_handed_on(gateway: Gateway, trace: str) -> None:
    erased(gateway, created(gateway), traceparent=trace)
    assert [event.traceparent for event in events()] == [None]


def test_an_erasure_is_in_the_ledger(gateway: Gateway) -> None:
    customer = created(gateway)
    erasure = erased(gateway, customer).json
    at = erasure["requested_at"]
    entry = {"pk": f"ERASURES#{at[:7]}", "sk": f"{at}#{erasure['erasure_id']}", "customer_id": customer["id"]}
    ledger = Table(os.environ["LEDGER_NAME"], boto3.client("dynamodb"))
    assert list(map(members, ledger.items())) == [entry]


def test_an_erasure_whose_participants_cannot_be_read_changes_nothing(
    gateway: Gateway, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = created(gateway)
    before = table.items()
    port = Faulty(boto3.client("ssm"), {"get_parameters_by_path": ["before"] * 3})
    monkeypatch.setattr(registry(), "_client", port)
    answer = erased(gateway, customer)
    assert code(answer) == (503, "participants_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert table.items() == before
    assert events() == []


def test_a_refused_erasure_tells_nobody(gateway: Gateway, table: Table) -> None:
    customer = created(gateway)
    patched(gateway, customer, {"given_name": "Augusta"})
    before = table.items()
    assert erased(gateway, customer).status == 412
    with pytest.raises(PreconditionFailed):
        get_store().erase(Customer(**customer), ErasureRecord.request(customer["id"], CALLER, now(), {}))
    assert table.items() == before


def test_an_erased_customer_is_in_no_list(gateway: Gateway) -> None:
    ada = created(gateway, email="ada@example.com")
    eve = created(gateway, given_name="Eve", email="eve@example.com")
    erased(gateway, ada)
    for query in ("", "status=active", "family_name=a", "phone=%2B14155550123", "created_after=2020-01-01T00:00:00Z"):
        assert ada["id"] not in gateway.call(LIST, query=query).text
    assert gateway.call(LIST, query="email=ada@example.com").json["items"] == []
    assert gateway.call(LIST).json["items"] == [eve]


def test_erasing_needs_if_match(gateway: Gateway) -> None:
    customer = created(gateway)
    assert code(gateway.call(ERASE, path={"customer_id": customer["id"]})) == (428, "precondition_required")
    assert read(gateway, customer["id"]).json == customer


@pytest.mark.parametrize(("tag", "refusal"), [('"2"', (412, "precondition_failed")), ("1", (400, "malformed_header"))])
def test_erasing_is_held_to_the_version_that_was_read(gateway: Gateway, tag: str, refusal: tuple[int, str]) -> None:
    customer = created(gateway)
    answer = gateway.call(ERASE, path={"customer_id": customer["id"]}, headers={"If-Match": tag})
    assert code(answer) == refusal
    assert read(gateway, customer["id"]).json == customer


def test_a_customer_that_changed_since_is_not_erased(gateway: Gateway) -> None:
    customer = created(gateway)
    patched(gateway, customer, {"given_name": "Augusta"})
    assert code(erased(gateway, customer)) == (412, "precondition_failed")


def test_erasing_takes_a_body_for_nothing(gateway: Gateway) -> None:
    customer = created(gateway)
    answer = gateway.call(
        ERASE, path={"customer_id": customer["id"]}, headers={"If-Match": "*", "Content-Type": "text/plain"}, body="x"
    )
    assert answer.status == 202


def test_an_unknown_customer_is_404(gateway: Gateway) -> None:
    assert code(erased(gateway, {"id": NOBODY, "version": 1})) == (404, "customer_not_found")
    assert code(erased(gateway, {"id": "nobody", "version": 1})) == (404, "customer_not_found")
