"""POST /v1/customers/{customer_id}/status."""

from itertools import product

import pytest

from tests.support.customers import ADA, NOBODY, STATUS, created, erased, history, moved, patched, read
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.problems import code

STATUSES = ["active", "suspended", "closed"]
LEGAL = {("active", "suspended"), ("suspended", "active"), ("active", "closed"), ("suspended", "closed")}


@pytest.mark.parametrize(("start", "end"), list(product(STATUSES, STATUSES)))
def test_a_status_moves_along_the_legal_ways_alone(gateway: Gateway, start: str, end: str) -> None:
    customer = created(gateway)
    if start != "active":
        customer = moved(gateway, customer, start).json
    answer = moved(gateway, customer, end)
    if (start, end) in LEGAL:
        assert answer.status == 200
        assert answer.headers["etag"] == f'"{customer["version"] + 1}"'
        changed = {"status": end, "version": customer["version"] + 1, "updated_at": answer.json["updated_at"]}
        assert answer.json == {**customer, **changed}
        assert read(gateway, customer["id"]).json == answer.json
    else:
        assert code(answer) == (409, "illegal_status_move")
        assert read(gateway, customer["id"]).json == customer


def test_an_illegal_move_names_the_legal_ones(gateway: Gateway) -> None:
    customer = created(gateway)
    detail = moved(gateway, customer, "active").json["detail"]
    assert detail == "The customer is active. Send suspended or closed."
    customer = moved(gateway, customer, "closed").json
    assert moved(gateway, customer, "active").json["detail"] == "The customer is closed. This status is final."


def test_a_move_is_held_to_the_version_that_was_read(gateway: Gateway) -> None:
    customer = created(gateway)
    without = gateway.call(
        STATUS, path={"customer_id": customer["id"]}, body={"status": "closed", "reason": "inactivity"}
    )
    assert code(without) == (428, "precondition_required")
    patched(gateway, customer, {"given_name": "Augusta"})
    assert code(moved(gateway, customer, "closed")) == (412, "precondition_failed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "closed"},
        {"reason": "inactivity"},
        {"status": "erased", "reason": "inactivity"},
        {"status": "closed", "reason": "owes money to Bob"},
        {"status": "closed", "reason": ""},
        {"status": "closed", "reason": "inactivity", "note": "Bob"},
        {"status": ["closed"], "reason": "inactivity"},
        [],
        "null",
    ],
)
def test_a_move_takes_a_status_and_a_code_of_a_reason(gateway: Gateway, table: Table, body: object) -> None:
    customer = created(gateway)
    before = table.items()
    answer = gateway.call(STATUS, path={"customer_id": customer["id"]}, body=body, headers={"If-Match": "*"})
    assert code(answer) == (422, "invalid_request")
    assert "Bob" not in answer.text
    assert table.items() == before


def test_the_reason_is_in_the_history(gateway: Gateway) -> None:
    customer = moved(gateway, created(gateway), "suspended", "suspected_fraud", Dossier_Actor="clerk-7").json
    newest = history(gateway, customer["id"]).json["items"][0]
    assert newest == {
        "version": 2,
        "type": "status_changed",
        "at": customer["updated_at"],
        "caller": {"client_id": "client-under-test", "actor": "clerk-7"},
        "fields": ["status"],
        "reason": "suspected_fraud",
    }


def test_a_closed_customer_can_be_corrected_and_erased(gateway: Gateway) -> None:
    customer = moved(gateway, created(gateway), "closed").json
    corrected = patched(gateway, customer, {"given_name": "Augusta"})
    assert (corrected.status, corrected.json["status"]) == (200, "closed")
    assert erased(gateway, corrected.json).status == 202


def test_a_move_leaves_the_details_alone(gateway: Gateway) -> None:
    customer = moved(gateway, created(gateway, **ADA), "suspended").json
    assert {name: customer[name] for name in ADA} == ADA


def test_an_unknown_customer_is_404_and_an_erased_one_410(gateway: Gateway) -> None:
    customer = created(gateway)
    erased(gateway, customer)
    assert code(moved(gateway, {"id": NOBODY, "version": 1}, "closed")) == (404, "customer_not_found")
    assert code(moved(gateway, customer, "closed")) == (410, "customer_erased")
