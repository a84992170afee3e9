"""POST /v1/customers with an Idempotency-Key."""

from typing import Any

import pytest

from tests.support.customers import ADA, CREATE, LIST, erased, ids_of, patched
from tests.support.dynamodb import Table
from tests.support.gateway import Answer, Gateway
from tests.support.problems import code


def post(gateway: Gateway, key: str, body: Any = ADA) -> Answer:
    """The answer to a creation with a key."""
    return gateway.call(CREATE, body=body, headers={"Idempotency-Key": key})


def test_a_request_that_comes_again_gets_its_first_answer_and_does_nothing(gateway: Gateway, table: Table) -> None:
    first = post(gateway, "k")
    assert first.status == 201
    assert "idempotency-replayed" not in first.headers
    before = table.items()
    again = post(gateway, "k")
    assert (again.status, again.text) == (201, first.text)
    assert again.headers == {**first.headers, "idempotency-replayed": "true"}
    assert table.items() == before


def test_the_first_answer_comes_again_after_the_customer_has_changed(gateway: Gateway) -> None:
    first = post(gateway, "k")
    patched(gateway, first.json, {"email": "augusta@example.com"})
    assert post(gateway, "k").json == first.json


def test_another_body_with_the_same_key_is_422(gateway: Gateway) -> None:
    post(gateway, "k")
    answer = post(gateway, "k", {**ADA, "email": "eve@example.com"})
    assert code(answer) == (422, "idempotency_key_reused")
    assert "eve" not in answer.text


def test_a_key_belongs_to_its_client(gateway: Gateway) -> None:
    post(gateway, "k")
    other = Gateway(gateway.handler, client_id="another-client")
    assert code(post(other, "k")) == (409, "email_taken")
    assert post(other, "k", {**ADA, "email": "eve@example.com"}).status == 201


def test_a_refusal_is_not_remembered(gateway: Gateway) -> None:
    assert code(post(gateway, "k", {**ADA, "phone": "5"})) == (422, "invalid_request")
    post(gateway, "other")
    assert code(post(gateway, "k")) == (409, "email_taken")
    assert post(gateway, "k", {**ADA, "email": "eve@example.com"}).status == 201


def test_the_answer_of_an_erased_customer_is_erased(gateway: Gateway) -> None:
    customer = post(gateway, "k").json
    erased(gateway, customer)
    answer = post(gateway, "k")
    assert code(answer) == (410, "answer_erased")
    assert ids_of(gateway.call(LIST)) == []
    # Nor is the key good for another customer.
    assert post(gateway, "k", {**ADA, "email": "eve@example.com"}).status == 422


@pytest.mark.parametrize("key", ["", "a" * 256, "caf\u00e9", "a\tb"])
def test_a_key_that_is_none_is_400(gateway: Gateway, table: Table, key: str) -> None:
    assert code(post(gateway, key)) == (400, "malformed_header")
    assert table.items() == []


def test_what_is_kept_of_a_key_expires(gateway: Gateway, table: Table) -> None:
    post(gateway, "k")
    kept = {item["sk"]["S"]: "expires_at" in item for item in table.items()}
    assert kept == {"CUSTOMER": False, "EVENT#0000000001": False, "EMAIL": False, "ONCE": True, "ANSWER": True}
