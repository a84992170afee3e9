"""Nothing that a client sends makes the service fail, is stored, or comes back to it."""

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.leaks import found, items
from tests.support.gateway import Gateway

PUT = "PUT /v1/ssn/{customer_id}"
GET = "GET /v1/ssn/{customer_id}"
ADA = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"
SSN = "512738046"

BAD_BODIES: list[tuple[int, Any]] = [
    (400, ""),
    (400, f'{{"ssn": "{SSN}"'),
    (400, f'{{"ssn": "{SSN}",}}'),
    (400, f"ssn={SSN}"),
    (400, SSN + "-"),
    (400, '{"ssn": "\\ud800"}'),
    (400, "[" * 20_000),
    (413, json.dumps({"ssn": SSN, "padding": " " * 32_768})),
    (422, "null"),
    (422, "[]"),
    (422, "{}"),
    (422, SSN),
    (422, f'"{SSN}"'),
    (422, [SSN]),
    (422, {"ssn": None}),
    (422, {"ssn": int(SSN)}),
    (422, {"ssn": float(SSN)}),
    (422, {"ssn": True}),
    (422, {"ssn": [SSN]}),
    (422, {"ssn": {"ssn": SSN}}),
    (422, {"ssn": {SSN: SSN}}),
    (422, {"ssn": SSN + "\0"}),
    (422, {"ssn": SSN * 3_000}),
    (422, {"ssn": "\u0665" * 9}),
    (422, {"ssn": "666738046"}),
    (422, {"ssn": "000738046"}),
    (422, {"ssn": "987654320"}),
    (422, {"SSN": SSN}),
    (422, {"number": SSN}),
    (422, {"ssn": SSN, "kind": "ssn"}),
    (422, {"ssn": SSN, SSN: SSN}),
    (422, {SSN: None}),
    (422, {SSN: {SSN: SSN}}),
    (422, {f"512-73-{serial}": 1 for serial in range(8000, 8100)}),
    (422, {"512-73-8046/~ssn": 1}),
]


def test_a_body_that_does_not_fit_is_refused_without_a_call_to_aws(gateway: Gateway, sent: Sent) -> None:
    answers = [gateway.call(PUT, path={"customer_id": ADA}, body=body) for _, body in BAD_BODIES]
    assert [answer.status for answer in answers] == [status for status, _ in BAD_BODIES]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert sent == []


def test_a_body_that_does_not_fit_is_not_echoed(gateway: Gateway) -> None:
    answers = [gateway.call(PUT, path={"customer_id": ADA}, body=body) for _, body in BAD_BODIES]
    echoed = [text for answer in answers for text in (answer.text, *answer.headers.values())]
    assert found([SSN, "666738046", "000738046", "987654320"], echoed) == []
    assert [text for text in echoed if "8046" in text] == []


def test_a_number_sent_as_a_members_name_is_not_named(gateway: Gateway) -> None:
    answer = gateway.call(PUT, path={"customer_id": ADA}, body={"ssn": SSN, "512-73-8046": ""})
    assert (answer.status, answer.json["errors"]) == (422, [{"pointer": "", "message": "Not known here"}])


@pytest.mark.parametrize("route", [PUT, GET])
def test_a_query_parameter_is_refused_and_not_named(gateway: Gateway, sent: Sent, route: str) -> None:
    queries = [f"ssn={SSN}", f"{SSN}=1", f"{SSN}=1&{SSN}=2", "limit=1", "%ff=1", "=", "&&&a"]
    answers = [gateway.call(route, path={"customer_id": ADA}, query=query, body={"ssn": SSN}) for query in queries]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(422, "invalid_request")] * 7
    assert found([SSN], [answer.text for answer in answers]) == []
    assert sent == []


BAD_HEADERS = [
    (415, {"content-type": "text/plain"}),
    (415, {"content-type": f"application/{SSN}"}),
    (400, {"if-match": SSN}),
    (400, {"if-match": "512-73-8046"}),
    (400, {"if-match": ""}),
    (400, {"if-match": '"1", 2'}),
    (412, {"if-match": '"512-73-8046"'}),
    (412, {"if-none-match": "*"}),
    (400, {"if-none-match": SSN}),
    (428, {"traceparent": SSN}),
]


def test_a_header_that_does_not_fit_is_refused_and_not_echoed(gateway: Gateway) -> None:
    here = {"customer_id": ADA}
    assert gateway.call(PUT, path=here, body={"ssn": "601207735"}).status == 201
    answers = [gateway.call(PUT, path=here, body={"ssn": SSN}, headers=headers) for _, headers in BAD_HEADERS]
    assert [answer.status for answer in answers] == [status for status, _ in BAD_HEADERS]
    assert found([SSN], [text for answer in answers for text in (answer.text, *answer.headers.values())]) == []
    assert gateway.call(GET, path=here).json["masked"] == "***-**-7735"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.text() | JSON.map(json.dumps) | JSON.map(lambda value: json.dumps({"ssn": value})),
    customer_id=st.text(min_size=1) | st.just(ADA),
    if_match=st.none() | st.text(st.characters(codec="latin-1")),
)
def test_no_body_id_or_condition_makes_the_service_fail_or_is_stored(
    gateway: Gateway, body: str, customer_id: str, if_match: str | None
) -> None:
    headers = {} if if_match is None else {"if-match": if_match}
    for route in (PUT, GET):
        answer = gateway.call(route, path={"customer_id": customer_id}, body=body, headers=headers)
        assert 400 <= answer.status < 500
    assert items(os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"]) == []
