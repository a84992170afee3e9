"""PATCH /v1/customers/{customer_id}."""

from datetime import datetime, timedelta, timezone

import pytest

from tests.support.customers import ADA, NOBODY, PATCH, created, erased, patched, read
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.problems import code


def test_a_patch_makes_the_next_version(gateway: Gateway) -> None:
    customer = created(gateway, **ADA)
    answer = patched(gateway, customer, {"given_name": "Augusta", "phone": None, "metadata": {"tier": None, "a": "1"}})
    assert answer.status == 200
    assert answer.headers["etag"] == '"2"'
    changed = answer.json
    assert datetime.fromisoformat(changed.pop("updated_at")) >= datetime.fromisoformat(customer.pop("updated_at"))
    assert changed == {
        **customer,
        "given_name": "Augusta",
        "phone": None,
        "metadata": {"source": "branch", "a": "1"},
        "version": 2,
    }


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json", None])
def test_a_patch_is_taken_as_merge_patch_or_json(gateway: Gateway, media_type: str | None) -> None:
    customer = created(gateway)
    event = gateway.event(PATCH, {"customer_id": customer["id"]}, "", {"if-match": '"1"'})
    event["body"] = '{"given_name":"Augusta"}'
    if media_type is not None:
        event["headers"]["content-type"] = media_type
    assert gateway.handler(event, None)["statusCode"] == 200


def test_a_json_patch_is_another_thing(gateway: Gateway) -> None:
    answer = patched(gateway, created(gateway), [], Content_Type="application/json-patch+json")
    assert code(answer) == (415, "unsupported_media_type")
    assert answer.json["detail"] == "Send the body as Content-Type: application/merge-patch+json or application/json."


def test_a_change_needs_if_match(gateway: Gateway) -> None:
    customer = created(gateway)
    answer = gateway.call(PATCH, path={"customer_id": customer["id"]}, body={"given_name": "Augusta"})
    assert code(answer) == (428, "precondition_required")
    assert read(gateway, customer["id"]).json == customer


@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', '""', '"1 "'.replace(" ", "x")])
def test_a_change_to_another_version_is_412(gateway: Gateway, tag: str) -> None:
    customer = created(gateway)
    assert code(patched(gateway, customer, {"given_name": "Augusta"}, If_Match=tag)) == (412, "precondition_failed")
    assert read(gateway, customer["id"]).json == customer


def test_a_second_change_to_the_same_version_is_412(gateway: Gateway) -> None:
    customer = created(gateway)
    assert patched(gateway, customer, {"given_name": "Augusta"}).status == 200
    assert code(patched(gateway, customer, {"given_name": "Eve"})) == (412, "precondition_failed")
    assert read(gateway, customer["id"]).json["given_name"] == "Augusta"


def test_a_change_to_whatever_version_there_is_passes(gateway: Gateway) -> None:
    customer = created(gateway)
    patched(gateway, customer, {"given_name": "Augusta"})
    assert patched(gateway, customer, {"given_name": "Eve"}, If_Match="*").json["version"] == 3


def test_an_if_match_that_cannot_be_understood_is_400(gateway: Gateway) -> None:
    assert code(patched(gateway, created(gateway), {}, If_Match="1")) == (400, "malformed_header")


def test_a_result_that_does_not_fit_is_422_and_changes_nothing(gateway: Gateway) -> None:
    customer = created(gateway)
    answer = patched(gateway, customer, {"email": None, "phone": "5", "id": NOBODY})
    assert code(answer) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/email", "/phone", "/id"]
    assert read(gateway, customer["id"]).json == customer


def test_a_stale_version_is_told_before_a_patch_is_judged(gateway: Gateway) -> None:
    # Who patches an older version cannot know what the merged details would be.
    assert patched(gateway, created(gateway), {"email": None}, If_Match='"7"').status == 412


def test_another_customers_address_is_refused_whatever_its_case(gateway: Gateway, table: Table) -> None:
    created(gateway, email="ada@example.com")
    eve = created(gateway, given_name="Eve", email="eve@example.com")
    before = table.items()
    assert code(patched(gateway, eve, {"email": "ADA@example.com"})) == (409, "email_taken")
    assert table.items() == before


def test_a_patch_that_changes_nothing_makes_no_version(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, **ADA)
    before = table.items()
    for patch in ({}, {"given_name": "Ada", "phone": "+14155550123"}, {"metadata": {"x": None}}):
        answer = patched(gateway, customer, patch)
        assert (answer.status, answer.json, answer.headers["etag"]) == (200, customer, '"1"')
    assert table.items() == before


def test_a_decomposed_key_of_metadata_means_the_composed_one(gateway: Gateway) -> None:
    customer = created(gateway, metadata={"caf\u00e9": "1"})
    changed = patched(gateway, customer, {"metadata": {"cafe\u0301": "2"}}).json
    assert changed["metadata"] == {"caf\u00e9": "2"}
    assert patched(gateway, changed, {"metadata": {" cafe\u0301": None}}).json["metadata"] == {}


def test_a_patch_that_names_one_key_twice_is_422(gateway: Gateway) -> None:
    customer = created(gateway)
    answer = patched(gateway, customer, {"metadata": {"caf\u00e9": "1", "cafe\u0301": None}})
    assert code(answer) == (422, "invalid_request")


def test_a_customer_may_change_the_case_of_its_own_address(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, email="ada@example.com")
    changed = patched(gateway, customer, {"email": "Ada@example.com"})
    assert (changed.status, changed.json["email"]) == (200, "Ada@example.com")
    addresses = [item["pk"]["S"] for item in table.items() if item["sk"]["S"] == "EMAIL"]
    assert addresses == ["EMAIL#ada@example.com"]


def test_a_new_address_takes_the_place_of_the_old_one(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, email="ada@example.com")
    patched(gateway, customer, {"email": "augusta@example.com"})
    addresses = {item["pk"]["S"]: item["id"]["S"] for item in table.items() if item["sk"]["S"] == "EMAIL"}
    assert addresses == {"EMAIL#augusta@example.com": customer["id"]}


def test_addresses_can_change_hands_and_come_back(gateway: Gateway) -> None:
    ada = created(gateway, email="ada@example.com")
    eve = created(gateway, given_name="Eve", email="eve@example.com")
    ada = patched(gateway, ada, {"email": "third@example.com"}).json
    eve = patched(gateway, eve, {"email": "ada@example.com"}).json
    assert patched(gateway, ada, {"email": "eve@example.com"}).status == 200
    assert patched(gateway, eve, {"email": "eve@example.com"}).status == 409


def test_an_unknown_customer_is_404_and_an_erased_one_410(gateway: Gateway) -> None:
    customer = created(gateway)
    erased(gateway, customer)
    assert code(patched(gateway, {"id": NOBODY, "version": 1}, {})) == (404, "customer_not_found")
    assert code(patched(gateway, customer, {})) == (410, "customer_erased")


def test_the_body_that_get_returned_is_a_patch_that_changes_nothing(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, **ADA)
    before = table.items()
    for body in (read(gateway, customer["id"]).json, {**customer, "created_at": offset(customer["created_at"])}):
        answer = patched(gateway, customer, body)
        assert (answer.status, answer.json) == (200, customer)
    assert table.items() == before


def test_the_body_that_get_returned_may_be_sent_back_with_a_change(gateway: Gateway) -> None:
    customer = patched(gateway, created(gateway, phone="+14155550123"), {"phone": None}).json
    changed = patched(gateway, customer, {**read(gateway, customer["id"]).json, "given_name": "Augusta"}).json
    assert (changed["given_name"], changed["version"], changed["phone"]) == ("Augusta", 3, None)


def test_a_changed_read_only_member_is_422_and_the_message_names_the_way(gateway: Gateway) -> None:
    customer = created(gateway)
    answer = patched(gateway, customer, {**customer, "status": "suspended", "version": 7, "given_name": 5})
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"] == [
        {"pointer": "/given_name", "message": "Send a string"},
        {"pointer": "/status", "message": "Change the status with POST /v1/customers/{customer_id}/status"},
        {"pointer": "/version", "message": "Set by the service. Leave it out, or send the value that GET returns"},
    ]
    assert read(gateway, customer["id"]).json == customer


def test_an_unknown_member_is_refused_even_where_it_is_null(gateway: Gateway) -> None:
    answer = patched(gateway, created(gateway), {"surprise": None})
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"] == [{"pointer": "/surprise", "message": "Not known here"}]


def offset(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(timezone(timedelta(hours=-5))).isoformat()
