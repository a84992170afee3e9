"""DELETE /v1/customers/{customer_id}."""

import json

import pytest

from tests.support.customers import ADA, ERASE, LIST, NOBODY, created, erased, patched, read
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.problems import code


def test_an_erased_customer_answers_410_to_everything(gateway: Gateway) -> None:
    customer = created(gateway, **ADA)
    answer = erased(gateway, customer)
    assert (answer.status, answer.text) == (204, "")
    assert "etag" not in answer.headers
    for later in (
        read(gateway, customer["id"]),
        patched(gateway, customer, {"given_name": "Augusta"}),
        patched(gateway, customer, {"given_name": "Augusta"}, If_Match="*"),
        erased(gateway, customer),
    ):
        assert code(later) == (410, "customer_erased")


def test_only_a_tombstone_stays_and_holds_no_personal_data(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, **ADA)
    customer = patched(gateway, customer, {"email": "augusta@example.com"}).json
    erased(gateway, customer)
    (tombstone,) = table.items()
    assert sorted(tombstone) == ["erased_at", "pk", "sk"]
    assert tombstone["pk"] == {"S": f"CUS#{customer['id']}"}
    left = json.dumps(tombstone)
    words = ["Ada", "Lovelace", "example.com", "4155550123", "1985", "Analytical", "94105", "gold", "en-US"]
    assert [word for word in words if word in left] == []


def test_an_erased_customer_is_in_no_list(gateway: Gateway) -> None:
    ada = created(gateway, email="ada@example.com")
    eve = created(gateway, given_name="Eve", email="eve@example.com")
    erased(gateway, ada)
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
    assert answer.status == 204


def test_an_unknown_customer_is_404(gateway: Gateway) -> None:
    assert code(erased(gateway, {"id": NOBODY, "version": 1})) == (404, "customer_not_found")
    assert code(erased(gateway, {"id": "nobody", "version": 1})) == (404, "customer_not_found")
