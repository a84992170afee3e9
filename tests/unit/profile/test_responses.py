"""What an answer says of a customer, whatever it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.profile.models import ProfilePart, ProfilePartStatus
from functions.profile.responses import MAX_BYTES, Response, part

JSON = "application/json"
PROBLEM = "application/problem+json"
NOT_FOUND = {
    "type": "/docs/problems#customer_not_found",
    "title": "No customer has this id",
    "status": 404,
    "code": "customer_not_found",
    "request_id": "r-1",
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def problem(status: int, **changes: Any) -> bytes:
    """A problem document."""
    return json.dumps({**NOT_FOUND, "status": status, **changes}).encode()


def shown(found: ProfilePart) -> dict[str, Any]:
    """A part as a client gets it."""
    members: dict[str, Any] = json.loads(found.model_dump_json())
    return members


def test_a_good_answer_is_passed_on_as_it_is() -> None:
    body = {"id": "cus_1", "metadata": {"a": [1, 2.5, None, True, "ü"]}}
    found = part(Response(200, JSON, json.dumps(body).encode()))
    assert shown(found) == {"status": "ok", "http_status": 200, "data": body, "problem": None}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "refused"),
        (401, "forbidden"),
        (403, "forbidden"),
        (404, "not_found"),
        (409, "refused"),
        (410, "erased"),
        (422, "refused"),
        (423, "frozen"),
        (429, "throttled"),
        (499, "refused"),
        (500, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "unavailable"),
    ],
)
def test_a_refusal_is_named_by_its_status_and_its_problem_is_passed_on(status: int, expected: str) -> None:
    found = part(Response(status, PROBLEM, problem(status)))
    assert shown(found) == {
        "status": expected,
        "http_status": status,
        "data": None,
        "problem": {**NOT_FOUND, "status": status},
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "forbidden"),
        (403, "forbidden"),
        (404, "not_registered"),
        (429, "throttled"),
        (500, "unavailable"),
        (503, "unavailable"),
    ],
)
def test_what_the_gateway_itself_answers_has_no_problem_document(status: int, expected: str) -> None:
    found = part(Response(status, JSON, b'{"message": "whatever"}'))
    assert shown(found) == {"status": expected, "http_status": status, "data": None, "problem": None}


def test_a_problem_keeps_its_detail_and_its_errors_and_loses_what_no_problem_of_ours_has() -> None:
    errors = [{"pointer": "/purpose", "message": "Required", "input": "secret"}]
    body = problem(422, detail="Look.", errors=errors, trace="secret", instance="secret")
    found = shown(part(Response(422, PROBLEM, body)))["problem"]
    assert found == {
        **NOT_FOUND,
        "status": 422,
        "detail": "Look.",
        "errors": [{"pointer": "/purpose", "message": "Required"}],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad Gateway</html>",
        b"[]",
        b"{}",
        problem(500),
        problem(404, title=None),
        problem(404, code=7),
        problem(404, errors="all of them"),
        problem(404, detail={"a": 1}),
        problem(404)[:-1],
        problem(404, detail="x" * MAX_BYTES),
    ],
    ids=range(11),
)
def test_what_is_no_whole_problem_document_of_this_answer_is_not_passed_on(body: bytes) -> None:
    assert part(Response(404, PROBLEM, body)).problem is None


@pytest.mark.parametrize("media_type", ["", JSON, "text/html", "application/problem+xml"])
def test_a_problem_document_says_that_it_is_one(media_type: str) -> None:
    assert part(Response(410, media_type, problem(410))).problem is None


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (JSON, b""),
        (JSON, b"{"),
        (JSON, b'{"a": 1} and more'),
        (JSON, b"[]"),
        (JSON, b"null"),
        (JSON, b'"text"'),
        (JSON, b'{"a": "\xff"}'),
        (JSON, b'{"a": "\\ud800"}'),
        (JSON, b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        (JSON, b'{"a": "' + b"x" * MAX_BYTES + b'"}'),
        ("text/html", b"{}"),
        ("", b"{}"),
        (PROBLEM, problem(200)),
    ],
    ids=range(13),
)
def test_a_garbled_or_oversized_answer_is_invalid(media_type: str, body: bytes) -> None:
    assert part(Response(200, media_type, body)) == ProfilePart(
        status=ProfilePartStatus.INVALID_ANSWER, http_status=200
    )


@pytest.mark.parametrize("status", [100, 201, 202, 204, 206, 301, 302, 304, 307])
def test_no_other_success_and_no_redirect_is_an_answer(status: int) -> None:
    assert part(Response(status, JSON, b"{}")) == ProfilePart(
        status=ProfilePartStatus.INVALID_ANSWER, http_status=status
    )


NUMBERS = [
    "899-99-1234",
    "899991234",
    899991234,
    899991234.0,
    "899 99 1234",
    "899.99.1234",
    "899_99_1234",
    "_899991234_",
    "-899-99-1234-",
    "899\u00a099\u00a01234",
    "899\u201399\u20131234",
    "899\t99\n1234",
    "899 - 99 - 1234",
    "\uff18\uff19\uff19-99-1234",
    "number 899-99-1234.",
    {"899-99-1234": None},
    [["x", {"a": "899-99-1234"}]],
]


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_a_social_security_number_in_full_never_leaves_who_masks_them(number: Any) -> None:
    for ascii_only in (True, False):
        body = json.dumps({"masked": "***-**-1234", "ssn": number}, ensure_ascii=ascii_only)
        answer = Response(200, JSON, body.encode())
        assert part(answer, masks=True) == ProfilePart(status=ProfilePartStatus.INVALID_ANSWER, http_status=200)
        assert part(answer).status == ProfilePartStatus.OK


@pytest.mark.parametrize(
    "changes",
    [{"detail": "899-99-1234 is taken"}, {"errors": [{"pointer": "/899\u00a099\u00a01234", "message": "Not known"}]}],
)
def test_nor_does_one_in_a_problem_document(changes: dict[str, Any]) -> None:
    answer = Response(409, PROBLEM, problem(409, **changes))
    assert part(answer, masks=True) == ProfilePart(status=ProfilePartStatus.INVALID_ANSWER, http_status=409)
    assert part(answer).problem is not None


def test_a_problem_without_one_is_passed_on_by_who_masks_them() -> None:
    assert part(Response(404, PROBLEM, problem(404)), masks=True).problem is not None


@pytest.mark.parametrize(
    "value",
    [
        "***-**-1234",
        "2026-11-22T15:30:00.000Z",
        "2026-11-22 15:30:00.123456789+00:00",
        "2026-11-22",
        "15:30:00.000",
        "aud_01M81ZSH2F123456789VEX7N32",
        "cus_01234567890123456789012345",
        "cus_012345678A",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "12345678-1234-4234-8234-123456789012",
        "QGVZ3j123456789=",
        [899, 99, 1234],
        1795359600,
        1795359600000,
        1795359600.123456789,
        0.123456789,
        "1234567890",
    ],
    ids=str,
)
def test_what_is_no_social_security_number_passes_who_masks_them(value: Any) -> None:
    assert part(Response(200, JSON, json.dumps({"a": value}).encode()), masks=True).status == ProfilePartStatus.OK


@given(
    status=st.integers(100, 599),
    media_type=st.sampled_from([JSON, PROBLEM, "text/html", ""]),
    body=st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()),
)
def test_whatever_is_answered_a_part_is_whole(status: int, media_type: str, body: bytes) -> None:
    found = shown(part(Response(status, media_type, body)))
    assert set(found) == {"status", "http_status", "data", "problem"}
    assert (found["data"] is not None) == (found["status"] == "ok")
    assert found["problem"] is None or found["problem"]["status"] == status
