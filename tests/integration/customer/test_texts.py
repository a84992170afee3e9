"""Text that people read: what a client may send, and what stays readable."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.customers import ADA, CREATE, LIST, created, patched, read
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.problems import code

HIDDEN = "Remove character 2, U+200B ZERO WIDTH SPACE: it hides or reorders text"


def errors(gateway: Gateway, **members: Any) -> list[tuple[str, str]]:
    answer = gateway.call(CREATE, body={**ADA, **members})
    assert code(answer) == (422, "invalid_request")
    return [(error["pointer"], error["message"]) for error in answer.json["errors"]]


@pytest.mark.parametrize("member", ["given_name", "family_name"])
def test_a_name_of_an_invisible_character_is_refused(gateway: Gateway, table: Table, member: str) -> None:
    message = "Remove character 1, U+200B ZERO WIDTH SPACE: it hides or reorders text"
    assert errors(gateway, **{member: "\u200b"}) == [(f"/{member}", message)]
    assert errors(gateway, **{member: " "}) == [(f"/{member}", "Send at least one visible character")]
    assert table.items() == []


@pytest.mark.parametrize("member", ["line1", "line2", "city", "region", "postal_code"])
def test_an_address_hides_nothing(gateway: Gateway, member: str) -> None:
    address = {**ADA["address"], "country": "FR", member: "a\u200bb"}
    assert errors(gateway, address=address) == [(f"/address/{member}", HIDDEN)]


def test_metadata_hides_nothing(gateway: Gateway) -> None:
    assert errors(gateway, metadata={"key": "a\u200bb"}) == [("/metadata/key", HIDDEN)]
    assert errors(gateway, metadata={"a\u200bb": ""}) == [("/metadata/a\u200bb", HIDDEN)]


def test_a_filter_hides_nothing(gateway: Gateway) -> None:
    answer = gateway.call(LIST, query={"family_name": "a\u200bb"})
    assert answer.json["errors"] == [{"pointer": "/family_name", "message": HIDDEN}]


def test_names_keep_the_join_controls_that_their_script_needs(gateway: Gateway) -> None:
    name = "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc"
    assert created(gateway, family_name=name)["family_name"] == name


def test_a_stored_name_of_an_invisible_character_stays_readable(gateway: Gateway, table: Table) -> None:
    customer = created(gateway)
    (item,) = [item for item in table.items() if item["sk"]["S"] == "CUSTOMER"]
    table.client.put_item(TableName=table.name, Item={**item, "given_name": {"S": "\u200b"}})
    assert read(gateway, customer["id"]).json["given_name"] == "\u200b"
    assert len(gateway.call(LIST).json["items"]) == 1
    assert patched(gateway, customer, {"given_name": "Ada"}).json["given_name"] == "Ada"


def test_lengths_are_told_in_characters(gateway: Gateway) -> None:
    assert errors(gateway, given_name="a" * 101) == [("/given_name", "At most 100 characters")]
    assert errors(gateway, metadata={"k" * 41: ""}) == [(f"/metadata/{'k' * 41}", "At most 40 characters")]
    assert errors(gateway, metadata={"k": "v" * 501}) == [("/metadata/k", "At most 500 characters")]
    assert errors(gateway, metadata={str(key): "" for key in range(51)}) == [("/metadata", "At most 50 members")]


@pytest.mark.parametrize(
    ("members", "pointer", "message"),
    [
        ({"language": "english!"}, "/language", "Send a language tag of RFC 5646, such as en-US"),
        ({"phone": "5"}, "/phone", "Send an E.164 number with + and 7 to 15 digits, such as +12025550143"),
        ({"given_name": 5}, "/given_name", "Send a string"),
        ({"address": 5}, "/address", "Send an object"),
        ({"metadata": []}, "/metadata", "Send an object"),
        ({"date_of_birth": 5}, "/date_of_birth", "Send a date, written YYYY-MM-DD"),
        (
            {"address": {**ADA["address"], "region": "California"}},
            "/address/region",
            "In the US, send a USPS state code, such as CA",
        ),
        ({"given_name": None, "family_name": None}, "/given_name", "Send given_name, family_name or both"),
    ],
)
def test_a_refusal_points_to_the_member_and_contains_an_example(
    gateway: Gateway, members: dict[str, Any], pointer: str, message: str
) -> None:
    assert errors(gateway, **members) == [(pointer, message)]


def test_metadata_at_its_limits_in_another_script_is_413_with_the_size_and_the_limit(gateway: Gateway) -> None:
    metadata = {f"{key:040}": "\u00e9" * 500 for key in range(50)}
    body = json.dumps({"given_name": "Ada", "email": "ada@example.com", "metadata": metadata}, ensure_ascii=False)
    answer = gateway.call(CREATE, body=body)
    assert code(answer) == (413, "body_too_large")
    size = f"{len(body.encode()):,}"
    assert answer.json["detail"] == f"The body has {size} bytes. Send at most 32,768 bytes (32 KiB)."
    ascii_only = dict.fromkeys(metadata, "e" * 500)
    assert created(gateway, metadata=ascii_only)["metadata"] == ascii_only


def test_a_child_that_is_born_today_where_the_day_begins_first_is_accepted(gateway: Gateway) -> None:
    first = (datetime.now(UTC) + timedelta(hours=14)).date()
    assert created(gateway, date_of_birth=str(first))["date_of_birth"] == str(first)
    later = str(first + timedelta(days=2))
    assert errors(gateway, date_of_birth=later) == [("/date_of_birth", "Send a date between 1900-01-01 and today")]
