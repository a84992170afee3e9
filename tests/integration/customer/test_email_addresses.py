"""E-mail addresses that are equal, and domains that are refused."""

import pytest

from tests.support.gateway import Answer, Gateway
from tests.support.problems import code

POST, LIST = "POST /v1/customers", "GET /v1/customers"
ONE = "/v1/customers/{customer_id}"
SHARP, DOUBLE = "ada@straße.de", "ada@strasse.de"


def create(gateway: Gateway, email: str) -> Answer:
    return gateway.call(POST, body={"given_name": "Ada", "email": email})


def found(gateway: Gateway, email: str) -> list[str]:
    answer = gateway.call(LIST, query={"email": email})
    return [customer["id"] for customer in answer.json["items"]]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (SHARP, DOUBLE, False),
        ("straße@example.com", "strasse@example.com", False),
        ("οδος@example.com", "ΟΔΟΣ@example.com", True),
        ("Ada@EXAMPLE.com", "aDA@example.COM", True),
        ("ada@STRASSE.de", DOUBLE, True),
        ("ada@xn--strae-oqa.de", SHARP, True),
        ("ÉLISE@example.com", "e\u0301lise@example.com", True),
    ],
)
def test_addresses_are_one_that_differ_in_case_or_form_only(gateway: Gateway, one: str, other: str, same: bool) -> None:  # noqa: FBT001
    first = create(gateway, one)
    assert first.status == 201
    second = create(gateway, other)
    assert second.status == (409 if same else 201)
    assert found(gateway, other) == [first.json["id"] if same else second.json["id"]]


def refusal(gateway: Gateway, email: str) -> str:
    answer = create(gateway, email)
    assert code(answer) == (422, "invalid_request")
    ((pointer, message),) = [(error["pointer"], error["message"]) for error in answer.json["errors"]]
    assert pointer == "/email"
    return str(message)


RESERVED = "This domain is reserved (RFC 6761) and receives no mail. Send an address with a public domain"


@pytest.mark.parametrize("domain", ["example.test", "TEST", "a.localhost", "localhost", "x.invalid"])
def test_domains_for_tests_are_accepted_where_the_stage_allows_them(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, domain: str
) -> None:
    monkeypatch.setenv("RESERVED_EMAIL_DOMAINS", "allow")
    answer = create(gateway, f"User@{domain}")
    assert (answer.status, answer.json["email"]) == (201, f"User@{domain.lower()}")
    assert found(gateway, f"user@{domain}") == [answer.json["id"]]
    for setting in ("refuse", ""):
        monkeypatch.setenv("RESERVED_EMAIL_DOMAINS", setting)
        assert refusal(gateway, f"user@{domain}") == RESERVED
    monkeypatch.delenv("RESERVED_EMAIL_DOMAINS")
    assert refusal(gateway, f"user@{domain}") == RESERVED


@pytest.mark.parametrize("domain", ["host.local", "hidden.onion", "1.in-addr.arpa"])
def test_other_reserved_domains_are_refused_with_the_reason(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, domain: str
) -> None:
    monkeypatch.setenv("RESERVED_EMAIL_DOMAINS", "allow")
    assert refusal(gateway, f"user@{domain}") == RESERVED


@pytest.mark.parametrize(
    ("email", "message"),
    [
        (
            '"Ada L"@example.com',
            "A quoted local part is not supported. Send an address whose part before the @ has no quotes",
        ),
        ("Ada <ada@example.com>", "Send the address without a name and without angle brackets"),
        ("ada@[192.0.2.1]", "An IP address is not supported as a domain. Send an address with a domain name"),
        ("ada@example..test", "Not an e-mail address. Send one such as ada@example.com"),
        ("ada", "Not an e-mail address. Send one such as ada@example.com"),
        ("test", "Not an e-mail address. Send one such as ada@example.com"),
        ("a" * 255, "At most 254 characters"),
    ],
)
def test_an_address_is_refused_with_the_true_reason(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, email: str, message: str
) -> None:
    monkeypatch.setenv("RESERVED_EMAIL_DOMAINS", "allow")
    assert refusal(gateway, email) == message
