"""Invalid requests: the documented response, nothing stored, and no 5xx."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.gateway import Answer, Gateway

Record = Callable[..., Answer]
Read = Callable[..., Answer]
Items = Callable[[str], list[dict[str, Any]]]

ADA = "cus_01JADA00000000000000000000"
RECORD = "POST /v1/credit/{customer_id}/scores"
READ = "GET /v1/credit/{customer_id}/score"
GOOD = {
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
    "score": 712,
    "scored_at": "2026-01-31T09:30:00Z",
}

BAD_IDS = [
    "cus_01jada00000000000000000000",
    "cus_81JADA00000000000000000000",
    "cus_01JADA0000000000000000000",
    "cus_01JADA000000000000000000000",
    "cus_01JADA0000000000000000000U",
    "cus_01JADA00000000000000000000%0A",
    "rep_01JADA00000000000000000000",
    "%00",
    "..%2F..",
    "\u00e9",
    "1" * 2000,
]

BAD_MEMBERS: list[dict[str, Any]] = [
    {"bureau": "innovis"},
    {"bureau": None},
    {"bureau": 1},
    {"model": "vantagescore", "model_version": "1.0"},
    {"model": "vantagescore", "model_version": "4"},
    {"model": "FICO"},
    {"model": ["fico"]},
    {"model_version": 8},
    {"model_version": "7"},
    {"model_version": "2", "bureau": "transunion"},
    {"model_version": ""},
    {"score": 299},
    {"score": 851},
    {"score": -1},
    {"score": 712.5},
    {"score": "712"},
    {"score": True},
    {"score": {}},
    {"score": 10**30},
    {"score": None},
    {"unscorable": "no_file"},
    {"score": None, "unscorable": "unknown"},
    {"score": None, "unscorable": True},
    {"reason_codes": None},
    {"reason_codes": "14"},
    {"reason_codes": [14]},
    {"reason_codes": [None]},
    {"reason_codes": ["1", "2", "3", "4", "5"]},
    {"reason_codes": ["14", "14"]},
    {"reason_codes": ["14", "014"]},
    {"bureau": "equifax", "reason_codes": ["97"]},
    {"reason_codes": [""]},
    {"reason_codes": ["too long"]},
    {"reason_codes": ["14\n"]},
    {"scored_at": None},
    {"scored_at": 1769851800},
    {"scored_at": "yesterday"},
    {"scored_at": "2026-01-31"},
    {"scored_at": "2026-01-31T09:30:00"},
    {"scored_at": "2026-01-31T10:30:00+01"},
    {"scored_at": "2026-02-30T09:30:00Z"},
    {"scored_at": "0000-01-01T00:00:00Z"},
    {"scored_at": "2999-01-01T00:00:00Z"},
    {"scored_at": "2009-01-01T00:00:00Z"},
    {"range": {"minimum": 0, "maximum": 1}},
    {"band": "exceptional"},
    {"id": "rep_01JADA00000000000000000000"},
    {"\u0000": 1},
]

BAD_BODIES = [
    ("", 400),
    ("{", 400),
    ('{"score": NaN}', 400),
    ('{"score": 1e400}', 422),
    ('{"score": ' + "9" * 5000 + "}", 400),
    ("[" * 20000, 400),
    ('"\\ud800"', 400),
    ("null", 422),
    ("[]", 422),
    ("1", 422),
    ('"text"', 422),
    ("{}", 422),
    ('{"note": "' + "x" * 33000 + '"}', 413),
]

BAD_QUERIES = [
    "",
    "purpose",
    "purpose=",
    "purpose=curiosity",
    "purpose=employment&purpose=employment",
    "purpose=employment&bureau=experian",
    "purpose=employment&model=fico",
    "purpose=employment&bureau=innovis&model=fico",
    "purpose=employment&bureau=experian&model=fico%23",
    "purpose=employment&bureau=&model=",
    "purpose=employment&limit=1",
    "purpose=%00",
    "purpose=%ff",
    "%70urpos=employment",
    "&&&=",
]


@pytest.mark.parametrize("customer_id", BAD_IDS)
def test_an_id_that_no_customer_can_have_is_not_found(gateway: Gateway, calls: list[str], customer_id: str) -> None:
    path = {"customer_id": customer_id}
    answers = [
        gateway.call(RECORD, path=path, body=GOOD),
        gateway.call(READ, path=path, query={"purpose": "employment"}),
    ]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "credit_file_not_found")] * 2
    assert calls == []


@pytest.mark.parametrize("members", BAD_MEMBERS, ids=lambda members: json.dumps(members)[:60])
def test_a_member_that_does_not_fit_is_refused(record: Record, calls: list[str], members: dict[str, Any]) -> None:
    answer = record(**members)
    assert (answer.status, answer.json["code"]) == (422, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert calls == []


@pytest.mark.parametrize("missing", ["bureau", "model", "model_version", "scored_at"])
def test_a_missing_member_is_named(record: Record, missing: str) -> None:
    answer = record(**{missing: ...})
    assert {"pointer": f"/{missing}", "message": "Required"} in answer.json["errors"]


@pytest.mark.parametrize(("body", "status"), BAD_BODIES, ids=lambda value: str(value)[:20])
def test_a_body_that_is_no_report_is_refused(gateway: Gateway, calls: list[str], body: str, status: int) -> None:
    assert gateway.call(RECORD, path={"customer_id": ADA}, body=body).status == status
    assert calls == []


def test_another_media_type_is_refused(record: Record, items: Items) -> None:
    assert record(headers={"Content-Type": "text/plain"}).status == 415
    assert items("") == []


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_a_query_that_does_not_fit_is_refused(gateway: Gateway, record: Record, calls: list[str], query: str) -> None:
    record()
    calls.clear()
    answer = gateway.call(READ, path={"customer_id": ADA}, query=query)
    assert (answer.status, answer.json["code"]) == (422, "invalid_request")
    assert calls == []


@pytest.mark.parametrize("actor", ["", " ", "x" * 129, "a\tb", "a\u0000", "\u00e9", "a\n"])
def test_an_actor_that_is_no_id_is_refused(record: Record, read: Read, items: Items, actor: str) -> None:
    record()
    answer = read(headers={"Dossier-Actor": actor})
    assert (answer.status, answer.json["code"]) == (400, "malformed_header")
    assert record(headers={"Dossier-Actor": actor}).status == 400
    assert items("INQUIRY") == []
    assert len(items("REPORT")) == 1


@pytest.mark.parametrize("actor", ["x", "x" * 128, "agent 7", "agent@example.com"])
def test_an_actor_has_up_to_128_printable_characters(record: Record, read: Read, items: Items, actor: str) -> None:
    record()
    assert read(headers={"Dossier-Actor": actor}).status == 200
    assert items("INQUIRY")[0]["caller"]["actor"] == actor
