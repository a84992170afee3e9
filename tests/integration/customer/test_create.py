"""POST /v1/customers."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.customers import ADA, CREATE, LIST, created, erased, patched, read
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.logs import LogText
from tests.support.problems import code


def test_a_created_customer_can_be_read(gateway: Gateway) -> None:
    answer = gateway.call(CREATE, body=ADA)
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"] == '"1"'
    customer = answer.json
    assert re.fullmatch(r"cus_[0-9A-HJKMNP-TV-Z]{26}", customer["id"])
    # Relative to /v1/customers (RFC 9110, section 10.2.2, and RFC 3986, section 5.2).
    assert answer.headers["location"] == f"customers/{customer['id']}"
    assert {name: customer[name] for name in ADA} == ADA
    assert (customer["status"], customer["version"]) == ("active", 1)
    assert customer["created_at"] == customer["updated_at"]
    age = datetime.now(UTC) - datetime.fromisoformat(customer["created_at"])
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert read(gateway, customer["id"]).json == customer


def test_what_a_client_leaves_out_is_null(gateway: Gateway) -> None:
    customer = created(gateway)
    assert [name for name, value in customer.items() if value is None] == [
        "family_name",
        "phone",
        "date_of_birth",
        "address",
        "language",
    ]
    assert customer["metadata"] == {}


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com", "ada@EXAMPLE.COM", "Ada@Example.Com"])
def test_an_email_address_is_unique_whatever_its_case(gateway: Gateway, table: Table, email: str) -> None:
    created(gateway, email="ada@example.com")
    before = table.items()
    answer = gateway.call(CREATE, body={"given_name": "Eve", "email": email})
    assert code(answer) == (409, "email_taken")
    assert table.items() == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stra\u00dfe@example.com", "STRA\u1e9eE@example.com"),
        ("zo\u00eb@example.com", "ZOE\u0308@example.com"),
        (
            "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2@example.com",
            "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3@example.com",
        ),
        ("a@b\u00fccher.example.com", "A@xn--bcher-kva.example.com"),
    ],
)
def test_an_email_address_is_unique_in_other_scripts_too(gateway: Gateway, one: str, other: str) -> None:
    created(gateway, email=one)
    assert code(gateway.call(CREATE, body={"given_name": "Eve", "email": other})) == (409, "email_taken")


def test_a_letter_that_folding_takes_apart_is_still_the_same_letter(gateway: Gateway) -> None:
    lower, upper = "\u0390a@example.com", "\u0390a@example.com".upper().replace("EXAMPLE.COM", "example.com")
    ada = created(gateway, email=lower)
    assert code(gateway.call(CREATE, body={"given_name": "Eve", "email": upper})) == (409, "email_taken")
    found = gateway.call(LIST, query={"email": upper}).json["items"]
    assert [customer["id"] for customer in found] == [ada["id"]]


def test_the_answer_to_a_taken_address_tells_nothing_of_who_has_it(gateway: Gateway) -> None:
    customer = created(gateway)
    answer = gateway.call(CREATE, body={"given_name": "Eve", "email": customer["email"]})
    assert customer["id"] not in answer.text
    assert customer["email"] not in answer.text


def test_an_address_that_a_customer_gave_up_is_free(gateway: Gateway) -> None:
    ada = created(gateway, email="ada@example.com")
    assert patched(gateway, ada, {"email": "augusta@example.com"}).status == 200
    assert created(gateway, given_name="Eve", email="ada@example.com")["email"] == "ada@example.com"
    taken = gateway.call(CREATE, body={"given_name": "Eve", "email": "Augusta@example.com"})
    assert code(taken) == (409, "email_taken")


def test_the_address_of_an_erased_customer_is_free(gateway: Gateway) -> None:
    assert erased(gateway, created(gateway)).status == 202
    assert created(gateway)["version"] == 1


def test_a_customer_is_stored_as_itself_its_address_and_its_history(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, email="Ada@Example.com")
    keys = sorted((item["pk"]["S"], item["sk"]["S"]) for item in table.items())
    own = f"CUS#{customer['id']}"
    assert keys == [(own, "CUSTOMER"), (own, "EVENT#0000000001"), ("EMAIL#ada@example.com", "EMAIL")]


def test_a_refused_customer_is_not_stored(gateway: Gateway, table: Table) -> None:
    assert code(gateway.call(CREATE, body={**ADA, "phone": "5"})) == (422, "invalid_request")
    assert table.items() == []


def test_a_body_and_query_that_do_not_fit_are_answered_with_pointers(gateway: Gateway) -> None:
    answer = gateway.call(CREATE, body={"email": "ada", "address": {"country": "XX"}, "surprise": 1})
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"] == [
        {"pointer": "/email", "message": "Not an e-mail address. Send one such as ada@example.com"},
        {"pointer": "/address/line1", "message": "Required"},
        {"pointer": "/address/city", "message": "Required"},
        {"pointer": "/address/country", "message": "Send a country code of ISO 3166-1 alpha-2, such as US"},
        {"pointer": "/surprise", "message": "Not known here"},
    ]
    assert gateway.call(CREATE, body=ADA, query="dry_run=true").json["errors"] == [
        {"pointer": "/dry_run", "message": "Not known here"}
    ]


def test_a_patch_media_type_is_not_taken(gateway: Gateway) -> None:
    answer = gateway.call(CREATE, body=ADA, headers={"Content-Type": "application/merge-patch+json"})
    assert code(answer) == (415, "unsupported_media_type")


def test_nothing_personal_is_logged(gateway: Gateway, log_text: LogText) -> None:
    customer = created(gateway, **ADA)
    gateway.call(CREATE, body=ADA)
    gateway.call(CREATE, body={**ADA, "phone": "555-0123"})
    gateway.call(LIST, query={"email": "ada@example.com"})
    read(gateway, customer["id"])
    patched(gateway, customer, {"given_name": "Augusta"})
    assert [line["status"] for line in log_text.lines] == [201, 409, 422, 200, 200, 200]
    personal = ["Ada", "Lovelace", "example.com", "4155550123", "1985", "Analytical", "94105", "555-0123", "Augusta"]
    assert [word for word in [*personal, customer["id"]] if word in log_text.getvalue()] == []
