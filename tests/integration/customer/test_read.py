"""GET /v1/customers/{customer_id}."""

from urllib.parse import quote

import pytest

from tests.support.customers import ADA, NOBODY, READ, created, erased, patched, read
from tests.support.gateway import Gateway
from tests.support.problems import code


def test_a_customer_is_read_with_its_version_and_tag(gateway: Gateway) -> None:
    customer = created(gateway, **ADA)
    answer = read(gateway, customer["id"])
    assert (answer.status, answer.json) == (200, customer)
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "private, no-cache"


def test_a_change_shows_at_once(gateway: Gateway) -> None:
    customer = created(gateway)
    changed = patched(gateway, customer, {"phone": "+14155550123"}).json
    answer = read(gateway, customer["id"])
    assert answer.json == changed
    assert answer.headers["etag"] == '"2"'


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_a_reader_who_has_this_version_gets_304_without_a_body(gateway: Gateway, tag: str) -> None:
    customer = created(gateway)
    answer = read(gateway, customer["id"], If_None_Match=tag)
    assert (answer.status, answer.text) == (304, "")
    # RFC 9110, section 15.4.5: the headers that a 200 would have had.
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "private, no-cache"


def test_a_reader_who_has_an_older_version_gets_the_new_one(gateway: Gateway) -> None:
    customer = created(gateway)
    patched(gateway, customer, {"given_name": "Augusta"})
    answer = read(gateway, customer["id"], If_None_Match='"1"')
    assert (answer.status, answer.json["given_name"]) == (200, "Augusta")


def test_a_condition_that_cannot_be_understood_is_400(gateway: Gateway) -> None:
    customer = created(gateway)
    assert code(read(gateway, customer["id"], If_None_Match="1")) == (400, "malformed_header")


@pytest.mark.parametrize(
    "customer_id",
    [
        NOBODY,
        NOBODY.lower(),
        NOBODY[:-1],
        "1",
        "cus_",
        "..",
        "*",
        "CUS#" + NOBODY,
        "EMAIL#ada@example.com",
        "\x00",
        "é",
        NOBODY + "\n",
        NOBODY + "/events",
        "x" * 8000,
        "' OR 1=1 --",
    ],
)
def test_an_unknown_or_impossible_id_is_404(gateway: Gateway, customer_id: str) -> None:
    created(gateway)
    answer = gateway.call(READ, path={"customer_id": quote(customer_id, safe="")})
    assert code(answer) == (404, "customer_not_found")
    assert "detail" not in answer.json


def test_an_id_may_be_percent_encoded(gateway: Gateway) -> None:
    customer = created(gateway)
    assert gateway.call(READ, path={"customer_id": customer["id"].replace("_", "%5F")}).status == 200


def test_an_erased_customer_is_gone(gateway: Gateway) -> None:
    customer = created(gateway)
    erased(gateway, customer)
    assert code(read(gateway, customer["id"])) == (410, "customer_erased")
    # There is no version left that a reader could have.
    assert code(read(gateway, customer["id"], If_None_Match="*")) == (410, "customer_erased")
