"""Bad input to every route of the Customer Service, with what each deserves."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from tests.support.customers import ADA, CREATE, ERASE, EVENTS, LIST, NOBODY, PATCH, READ, STATUS

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
    {"status": "closed"},
    {"version": 2},
    {"surprise": None},
    {"given_name": "\u200b"},
    {"metadata": {"a": "\u202e"}},
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
FILTERS = [
    "email=ada",
    "email=a@example.com&status=active",
    "phone=1",
    "phone=%2B14155550123&email=a@example.com",
    "family_name=",
    "family_name=%00",
    "family_name=a&created_after=2026-01-01T00:00:00Z",
    "status=erased",
    "status=active&status=closed",
    "created_after=now",
    "created_before=2026-02-30T00:00:00Z",
    "created_before=99999-01-01T00:00:00Z",
]
TAGS = ["", "1", "'1'", '"1', 'w/"1"', '"1" "2"', "*,*", "\x00", "é", '"' * 4000]
ACTORS = ["", "a,b", "078-05-1120", "a" * 129, "\x07"]
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


class Bad(NamedTuple):
    """A request that is refused.

    Attributes:
        route_key: where to.
        status: of the refusal.
        body: JSON, or a text that is sent as it is; None for no body.
        query: as it stands in a URL.
        headers: beside If-Match of the customer's first version.
        customer_id: percent-encoded, another than the customer's.
    """

    route_key: str
    status: int
    body: Any = None
    query: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    customer_id: str | None = None


GOOD_BODY: dict[str, Any] = {CREATE: ADA, PATCH: ADA, STATUS: {"status": "closed", "reason": "other"}}
WITH_ID = (READ, PATCH, ERASE, STATUS, EVENTS)
MOVES: list[Any] = [
    {},
    {"status": "closed"},
    {"status": "x", "reason": "other"},
    {"status": "closed", "reason": MARKER},
]


def bad_requests() -> list[Bad]:
    """Every bad request, for a customer that is called Ada and was not changed yet."""
    return [*_bodies(), *_queries(), *_headers(), *_ids()]


def _bodies() -> Iterator[Bad]:
    for route_key, (body, status) in product((CREATE, PATCH), bad_bodies()):
        yield Bad(route_key, status, body)
    for body, status in [*((text, 400) for text in NOT_JSON), *((body, 422) for body in [*NOT_AN_OBJECT, *MOVES])]:
        yield Bad(STATUS, status, body)
    for route_key, kind in product((CREATE, PATCH, STATUS), MEDIA_TYPES):
        yield Bad(route_key, 415, GOOD_BODY[route_key], headers={"Content-Type": kind})


def _queries() -> Iterator[Bad]:
    for route_key, query in product((CREATE, *WITH_ID), QUERIES):
        if query != "=" and (route_key, query) != (EVENTS, "limit=5"):
            yield Bad(route_key, 422, GOOD_BODY.get(route_key), query)
    for query in [*QUERIES, *FILTERS]:
        if query not in {"limit=5", "="}:
            yield Bad(LIST, 422, query=query)


def _headers() -> Iterator[Bad]:
    headers = [
        *((PATCH, "If-Match", tag) for tag in TAGS),
        *((ERASE, "If-Match", tag) for tag in TAGS),
        *((STATUS, "If-Match", tag) for tag in TAGS),
        *((READ, "If-None-Match", tag) for tag in TAGS),
        *((route_key, "Dossier-Actor", actor) for route_key in (CREATE, PATCH, STATUS, ERASE) for actor in ACTORS),
        *((CREATE, "Idempotency-Key", key) for key in ("", "a" * 256, "\x07")),
    ]
    for route_key, name, value in headers:
        yield Bad(route_key, 400, GOOD_BODY.get(route_key), headers={name: value})


def _ids() -> Iterator[Bad]:
    for route_key, customer_id in product(WITH_ID, IDS):
        yield Bad(route_key, 404, GOOD_BODY.get(route_key), customer_id=customer_id)
