"""Bad input to every route of the Customer Service: refused as api.md says, never a failure of ours, never stored."""

import json
from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.customers import ADA, CREATE, ERASE, LIST, NOBODY, PATCH, READ, created
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.problems import code

MARKER = "Zq7-rejected-Zq7"

# Sent to POST and PATCH alike.
NOT_JSON = [
    "",
    "{",
    "}",
    "'",
    "nul",
    '{"email":"ada@example.com"',
    "{'email':'ada@example.com'}",
    '{"email":"ada@example.com",}',
    "<customer/>",
    "given_name=Ada",
    "\x00",
    '{"given_name":"\\ud800"}',
    "[" * 10_000,
    '{"address":' * 2_000,
]
NOT_AN_OBJECT: list[Any] = ["null", "[]", "[{}]", "1", "-0.0", "true", '"ada@example.com"', "1e999"]
WRONG_VALUES: list[Any] = [5, -1.5, 10**30, True, [], ["a"], {"a": {}}, "", " ", "\x00", "a" * 10_000, f"{MARKER}\x01"]
WRONG_MEMBERS: list[dict[str, Any]] = [
    {"id": NOBODY},
    {"status": "active"},
    {"version": 1},
    {"created_at": "2026-11-22T15:30:00.000Z"},
    {"pk": "CUS#x"},
    {"listing": "CUSTOMERS#0"},
    {"erased_at": "2026-11-22T15:30:00.000Z"},
    {"__proto__": {}},
    {"": "x"},
    {"given_name ": "Ada"},
    {"Email": "a@example.com"},
    {"metadata": {"a": 1}},
    {"metadata": {"a": "v" * 501}},
    {"metadata": {"k" * 41: "v"}},
    {"metadata": {str(number): "" for number in range(51)}},
    {"address": {"planet": "Earth"}},
    {"address": {**ADA["address"], "country": "XX"}},
    {"address": {**ADA["address"], "region": "XX"}},
]
MEDIA_TYPES = ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "json", ","]
QUERIES = ["a=1", "limit=5", "customer_id=x", "=", "=1", "a", "%FF=1", "a=1&a=2", "cursor[]=1", "%00", "a" * 4000]
IF_MATCH = ["", "1", "'1'", '"1', 'w/"1"', '"1" "2"', "*,*", "\x00", "é", '"' * 4000]
IDS = [NOBODY, "x", "cus_", "%00", "%2e%2e%2f", "*", "%F0%9F%98%80", "a" * 4000, "CUS%23x", "'"]


def bad_bodies() -> list[tuple[Any, int]]:
    """Bodies and the status that each deserves, whatever it is sent to."""
    values = [{**ADA, member: value} for member, value in product(ADA, WRONG_VALUES)]
    return [
        *((text, 400) for text in NOT_JSON),
        *((text, 422) for text in NOT_AN_OBJECT),
        *((body, 422) for body in values),
        *(({**ADA, **members}, 422) for members in WRONG_MEMBERS),
        ("{" + " " * 32_768, 413),
        (json.dumps({**ADA, "given_name": "\u00e9" * 17_000}, ensure_ascii=False), 413),
    ]


def test_bad_bodies_are_refused_and_not_stored(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, **ADA)
    before = table.items()
    bodies = bad_bodies()
    assert len(bodies) >= 130
    sent_to: list[tuple[str, dict[str, str]]] = [(CREATE, {}), (PATCH, {"If-Match": '"1"'})]
    for (route_key, headers), (body, status) in product(sent_to, bodies):
        answer = gateway.call(route_key, path={"customer_id": customer["id"]}, body=body, headers=headers)
        assert answer.status == status, (route_key, str(body)[:200], answer.text)
        assert code(answer)[0] < 500
        assert MARKER not in answer.text
    assert table.items() == before


def test_bad_queries_headers_and_ids_are_refused_and_change_nothing(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, **ADA)
    before = table.items()
    tagged = {"If-Match": '"1"'}
    refusals: list[tuple[str, dict[str, Any], int]] = [
        *((route, {"query": q}, 422) for route in (CREATE, READ, PATCH, ERASE) for q in QUERIES if q not in {"", "="}),
        *((LIST, {"query": q}, 422) for q in QUERIES if q not in {"limit=5", "="}),
        *((r, {"headers": {"If-Match": tag}}, 400) for r in (PATCH, ERASE) for tag in IF_MATCH),
        *((READ, {"headers": {"If-None-Match": tag}}, 400) for tag in IF_MATCH),
        *((r, {"headers": {"Content-Type": kind, **tagged}}, 415) for r in (CREATE, PATCH) for kind in MEDIA_TYPES),
        *((r, {"path": {"customer_id": i}, "headers": tagged}, 404) for r in (READ, PATCH, ERASE) for i in IDS),
    ]
    assert len(refusals) >= 120
    for route_key, request, status in refusals:
        body = ADA if route_key in {CREATE, PATCH} else None
        answer = gateway.call(route_key, **{"path": {"customer_id": customer["id"]}, "body": body, **request})
        assert answer.status == status, (route_key, request, answer.text)
        assert code(answer)[0] < 500
    assert table.items() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(MARKER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ADA["address"], "x"]), inner),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys([*ADA, "surprise"], JSON)) | JSON | st.text()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, query=st.text(max_size=20), tag=st.text(max_size=8), route_key=st.sampled_from([CREATE, PATCH]))
def test_whatever_is_sent_is_answered_and_never_echoed(
    gateway: Gateway, body: Any, query: str, tag: str, route_key: str
) -> None:
    headers = {"If-Match": tag, "If-None-Match": tag, "traceparent": tag}
    answer = gateway.call(route_key, path={"customer_id": NOBODY}, body=body, query=query, headers=headers)
    assert answer.status in {201, 400, 404, 409, 412, 415, 422}
    assert answer.status == 201 or MARKER not in answer.text
