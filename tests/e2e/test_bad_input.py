"""Whatever is sent, the answer is a problem document that names what is wrong and repeats nothing of it."""

import json
from typing import Any

import pytest

from tests.e2e.api import CUSTOMERS, UNKNOWN_ID, Api, describe, expect, location, problem, unique_email

REJECTED = "rejected-7f3a"
NESTED = "[" * 10_000


@pytest.mark.parametrize("body", ["", "{", "not json", '{"a": 1,}', '{"given_name": "\\ud800"}', NESTED])
def test_what_is_not_json_is_malformed(api: Api, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    problem(api.call("POST", CUSTOMERS, content=body, headers=headers), 400, "malformed_body")


@pytest.mark.needs("non_utf8_bodies")
def test_what_is_not_utf8_is_refused(api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.call("POST", CUSTOMERS, content=b'{"given_name": "Ada", "email": "\xff\xfe"}', headers=headers)
    # A gateway may hand such bytes to the function as they are, or as U+FFFD.
    assert answer.status_code in {400, 422}, describe(answer)


@pytest.mark.parametrize("body", [[], None, 7, REJECTED, True])
def test_a_body_that_is_no_object_does_not_fit(api: Api, body: Any) -> None:
    answer = api.call("POST", CUSTOMERS, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert pointers(problem(answer, 422, "invalid_request")) == {""}
    assert REJECTED not in answer.text


@pytest.mark.parametrize(
    ("details", "pointer"),
    [
        ({"given_name": 73519}, "/given_name"),
        ({"given_name": [REJECTED]}, "/given_name"),
        ({"given_name": ""}, "/given_name"),
        ({"given_name": REJECTED + "\x00"}, "/given_name"),
        ({"given_name": REJECTED * 10}, "/given_name"),
        ({"given_name": None, "family_name": None}, "/given_name"),
        ({"email": None}, "/email"),
        ({"email": REJECTED}, "/email"),
        ({"email": f"{REJECTED}@{'a' * 250}.com"}, "/email"),
        ({"phone": REJECTED}, "/phone"),
        ({"phone": "0207 946 0123"}, "/phone"),
        ({"date_of_birth": REJECTED}, "/date_of_birth"),
        ({"date_of_birth": "2023-02-29"}, "/date_of_birth"),
        ({"date_of_birth": "2999-01-01"}, "/date_of_birth"),
        ({"date_of_birth": 0}, "/date_of_birth"),
        ({"address": REJECTED}, "/address"),
        ({"address": {"line1": "1 Main St", "country": "GB"}}, "/address/city"),
        ({"address": {"line1": "1 Main St", "city": "Bath", "country": REJECTED}}, "/address/country"),
        ({"address": {"line1": "1 Main St", "city": "Bath", "country": "US", "region": REJECTED}}, "/address/region"),
        ({"address": {"line1": "1 Main St", "city": "Bath", "country": "GB", "planet": REJECTED}}, "/address/planet"),
        ({"language": f"{REJECTED}!"}, "/language"),
        ({"metadata": {"a/b": 73519}}, "/metadata/a~1b"),
        ({"metadata": {"key": REJECTED * 50}}, "/metadata/key"),
        ({"metadata": {f"key {number}": "" for number in range(51)}}, "/metadata"),
        ({"nickname": REJECTED}, "/nickname"),
        ({"status": REJECTED}, "/status"),
        ({"id": REJECTED}, "/id"),
    ],
)
def test_what_does_not_fit_is_pointed_at(api: Api, details: dict[str, Any], pointer: str) -> None:
    answer = api.call("POST", CUSTOMERS, json={"given_name": "Ada", "email": unique_email(), **details})
    assert pointers(problem(answer, 422, "invalid_request")) == {pointer}
    assert REJECTED not in answer.text
    assert "73519" not in answer.text


def test_every_member_that_does_not_fit_is_pointed_at(api: Api) -> None:
    answer = api.call("POST", CUSTOMERS, json={"given_name": 73519, "phone": REJECTED, "nickname": REJECTED})
    wrong = problem(answer, 422, "invalid_request")
    assert pointers(wrong) == {"/given_name", "/phone", "/nickname", "/email"}
    assert all(error["message"] for error in wrong["errors"])
    assert REJECTED not in answer.text


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"phone": REJECTED}, "/phone"),
        ({"email": None}, "/email"),
        ({"given_name": None}, "/given_name"),
        ({"status": "closed"}, "/status"),
        ({"version": 7}, "/version"),
        ({"address": {"city": REJECTED}}, "/address/line1"),
        ({"nickname": REJECTED}, "/nickname"),
    ],
)
def test_a_patch_whose_result_does_not_fit_changes_nothing(api: Api, changes: dict[str, Any], pointer: str) -> None:
    created = api.create()
    answer = api.patch(location(created), created.headers["ETag"], **changes)
    assert pointer in pointers(problem(answer, 422, "invalid_request"))
    assert REJECTED not in answer.text
    assert api.call("GET", location(created)).json() == created.json()


def test_a_patch_that_is_no_object_does_not_fit(api: Api) -> None:
    created = api.create()
    headers = {"If-Match": created.headers["ETag"], "Content-Type": "application/merge-patch+json"}
    answer = api.call("PATCH", location(created), headers=headers, content=f'["{REJECTED}"]')
    assert pointers(problem(answer, 422, "invalid_request")) == {""}
    assert REJECTED not in answer.text


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=-1", "/limit"),
        (f"limit={REJECTED}", "/limit"),
        ("limit=", "/limit"),
        ("limit=2.5", "/limit"),
        ("limit=5&limit=6", "/limit"),
        (f"colour={REJECTED}", "/colour"),
    ],
)
def test_a_list_refuses_a_query_that_does_not_fit(api: Api, query: str, pointer: str) -> None:
    answer = api.call("GET", f"{CUSTOMERS}?{query}")
    assert pointers(problem(answer, 422, "invalid_request")) == {pointer}
    assert REJECTED not in answer.text


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_customers_routes_take_no_query(api: Api, method: str) -> None:
    created = api.create()
    body = {"given_name": "Eve"} if method == "PATCH" else None
    headers = {"If-Match": created.headers["ETag"]}
    answer = api.call(method, f"{location(created)}?colour={REJECTED}", headers=headers, json=body)
    assert pointers(problem(answer, 422, "invalid_request")) == {"/colour"}
    expect(api.call("GET", location(created)), 200)


@pytest.mark.parametrize("sent_as", ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json"])
def test_another_media_type_is_not_supported(api: Api, sent_as: str) -> None:
    body = json.dumps({"given_name": "Ada", "email": unique_email()})
    answer = api.call("POST", CUSTOMERS, content=body, headers={"Content-Type": sent_as})
    problem(answer, 415, "unsupported_media_type")


def test_a_media_type_may_have_parameters(api: Api) -> None:
    body = json.dumps({"given_name": "Ada", "email": unique_email()})
    answer = api.call("POST", CUSTOMERS, content=body, headers={"Content-Type": "Application/JSON; charset=utf-8"})
    expect(answer, 201)


def test_a_request_without_a_body_may_name_any_media_type(api: Api) -> None:
    expect(api.call("GET", CUSTOMERS, headers={"Content-Type": "application/x-www-form-urlencoded"}), 200)


@pytest.mark.parametrize("size", [32 * 1024 + 1, 33 * 1024, 1024 * 1024])
def test_a_body_over_32_kib_is_too_large(api: Api, size: int) -> None:
    answer = api.call("POST", CUSTOMERS, content=padded(size), headers={"Content-Type": "application/json"})
    problem(answer, 413, "body_too_large")


def test_a_body_of_32_kib_is_not_too_large(api: Api) -> None:
    answer = api.call("POST", CUSTOMERS, content=padded(32 * 1024), headers={"Content-Type": "application/json"})
    expect(answer, 201)


@pytest.mark.parametrize("customer_id", [UNKNOWN_ID, "cus_1", REJECTED, "caf%C3%A9", "%00", "x" * 1500])
def test_an_id_that_nobody_has_is_not_found(api: Api, customer_id: str) -> None:
    url = f"{CUSTOMERS}/{customer_id}"
    for answer in (
        api.call("GET", url),
        api.patch(url, '"1"', given_name="Eve"),
        api.call("DELETE", url, headers={"If-Match": '"1"'}),
    ):
        problem(answer, 404, "customer_not_found")
        assert REJECTED not in answer.text, describe(answer)


def pointers(document: dict[str, Any]) -> set[str]:
    """Where a problem's errors point."""
    return {error["pointer"] for error in document["errors"]}


def padded(size: int) -> str:
    """A good body of `size` bytes."""
    return json.dumps({"given_name": "Ada", "email": unique_email()}).ljust(size)
