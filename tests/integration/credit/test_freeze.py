"""PUT, GET and DELETE /v1/credit/{customer_id}/freeze."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.credit import Credit
from tests.support.problems import code

Items = Callable[[str], list[dict[str, Any]]]


def around_now(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_freeze_is_placed_at_all_bureaus_and_read_back(credit: Credit) -> None:
    placed = credit.freeze()
    assert (placed.status, placed.headers["etag"]) == (201, '"1"')
    freeze = placed.json
    assert freeze["customer_id"] == credit.customer_id
    assert freeze["experian"] == {
        "start": freeze["updated_at"],
        "end": None,
        "lifts": [],
        "placed_at": freeze["updated_at"],
    }
    assert freeze["equifax"] == freeze["transunion"] == freeze["experian"]
    read = credit.frozen()
    assert (read.status, read.headers["etag"], read.json) == (200, '"1"', freeze)


def test_a_freeze_at_one_bureau_leaves_the_others_open(credit: Credit) -> None:
    for bureau in ("experian", "equifax"):
        credit.record(bureau=bureau)
    freeze = credit.freeze({"experian": {}}).json
    assert (freeze["equifax"], freeze["transunion"]) == (None, None)
    assert code(credit.score(bureau="experian", model="fico")) == (423, "file_frozen")
    assert credit.score(bureau="equifax", model="fico").status == 200
    assert credit.history(bureau="equifax").status == 200


def test_a_question_that_names_no_bureau_is_stopped_by_the_freeze_of_any(credit: Credit) -> None:
    credit.record(bureau="equifax")
    credit.freeze({"experian": {}, "transunion": {}})
    answer = credit.score()
    assert code(answer) == (423, "file_frozen")
    assert answer.json["detail"] == "Frozen at experian, transunion. Only the consumer can lift the freeze."
    assert code(credit.history()) == (423, "file_frozen")


def test_a_frozen_file_does_not_tell_whether_it_has_a_score(credit: Credit, items: Items) -> None:
    credit.freeze()
    assert code(credit.score()) == (423, "file_frozen")
    assert code(credit.inquire()) == (423, "file_frozen")
    assert items("INQUIRY") == []


@pytest.mark.parametrize(
    ("terms", "stops"),
    [
        ({"start": -1}, True),
        ({"start": 1}, False),
        ({"end": 1}, True),
        ({"start": -2, "end": -1}, False),
        ({"start": -2, "end": 1}, True),
        ({"lifts": [(-1, 1)]}, False),
        ({"lifts": [(-2, -1), (1, 2)]}, True),
        ({"start": -1, "end": 2, "lifts": [(-1, 1)]}, False),
    ],
)
def test_a_freeze_stops_while_it_holds(credit: Credit, terms: dict[str, Any], stops: bool) -> None:  # noqa: FBT001
    credit.record()
    timed = {name: around_now(value) for name, value in terms.items() if name != "lifts"}
    lifts = [{"start": around_now(start), "end": around_now(end)} for start, end in terms.get("lifts", [])]
    assert credit.freeze({"experian": {**timed, "lifts": lifts}}).status == 201
    assert credit.score().status == (423 if stops else 200)


def test_a_freeze_is_replaced_by_who_has_read_it(credit: Credit) -> None:
    first = credit.freeze({"experian": {}}).json
    assert code(credit.freeze()) == (428, "precondition_required")
    assert code(credit.freeze(if_match='"7"')) == (412, "precondition_failed")
    replaced = credit.freeze({"experian": {"end": around_now(1)}, "equifax": {}}, if_match='"1"')
    assert (replaced.status, replaced.headers["etag"]) == (200, '"2"')
    freeze = replaced.json
    assert freeze["experian"]["placed_at"] == freeze["experian"]["start"] == first["experian"]["placed_at"]
    assert freeze["equifax"]["placed_at"] == freeze["updated_at"]
    assert code(credit.freeze(if_match='"1"')) == (412, "precondition_failed")


def test_a_freeze_that_does_not_stand_cannot_be_replaced(credit: Credit) -> None:
    assert code(credit.freeze(if_match="*")) == (412, "precondition_failed")
    assert credit.freeze().status == 201


def test_lifting_ends_a_freeze_and_no_later_one_has_its_tag(credit: Credit) -> None:
    credit.record()
    credit.freeze()
    assert code(credit.lift(None)) == (428, "precondition_required")
    assert code(credit.lift('"2"')) == (412, "precondition_failed")
    assert credit.lift('"1"').status == 204
    assert code(credit.frozen()) == (404, "freeze_not_found")
    assert code(credit.lift()) == (404, "freeze_not_found")
    assert credit.score().status == 200
    assert credit.freeze().headers["etag"] == '"3"'
    assert code(credit.score()) == (423, "file_frozen")


def test_a_reader_who_has_the_current_freeze_is_told_so(credit: Credit) -> None:
    credit.freeze()
    answer = credit.frozen(if_none_match='"1"')
    assert (answer.status, answer.text) == (304, "")
    assert credit.frozen(if_none_match='"2"').status == 200


def test_every_version_is_kept_with_who_made_it(credit: Credit, items: Items) -> None:
    credit.freeze({"experian": {}}, dossier_actor="agent-7")
    credit.freeze(if_match='"1"')
    credit.lift()
    kept = items("FREEZE#")
    assert [item["sk"] for item in kept] == ["FREEZE#00000001", "FREEZE#00000002", "FREEZE#00000003"]
    assert [item["changed_by"].get("actor") for item in kept] == ["agent-7", None, None]
    assert ["experian" in item for item in kept] == [True, True, False]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"all": None},
        {"all": {}, "experian": {}},
        {"innovis": {}},
        {"all": {"until": "2026-01-01T00:00:00Z"}},
        {"all": {"start": "2026-01-01"}},
        {"all": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}},
        {"all": {"lifts": [{"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}]}},
        {"all": {"lifts": [{"start": "2026-01-02T00:00:00Z"}]}},
        {"all": {"lifts": [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}] * 11}},
        {"all": True},
        [],
    ],
)
def test_a_freeze_that_does_not_fit_is_refused(credit: Credit, calls: list[str], body: Any) -> None:
    assert code(credit.freeze(body)) == (422, "invalid_request")
    assert calls == []


def test_a_malformed_actor_changes_nothing(credit: Credit, items: Items) -> None:
    assert code(credit.freeze(dossier_actor="078-05-1120")) == (400, "malformed_header")
    assert items("") == []


def test_freezes_have_a_scope_of_their_own(credit: Credit) -> None:
    credit.gateway.scope = "credit/read credit/write credit/inquire"
    assert [answer.status for answer in (credit.freeze(), credit.frozen(), credit.lift())] == [403] * 3


@pytest.mark.parametrize("terms", [{"experian": {}}, {"experian": {"start": None}}, {"all": {}}])
@pytest.mark.parametrize("before", [{"start": 24}, {"start": -48, "end": -24}])
def test_a_freeze_that_is_placed_again_without_a_start_holds_from_now_unless_it_was_in_force(
    credit: Credit, before: dict[str, float], terms: dict[str, Any]
) -> None:
    credit.record()
    first = credit.freeze({"experian": {name: around_now(hours) for name, hours in before.items()}})
    assert credit.score().status == 200
    again = credit.freeze(terms, if_match=first.headers["etag"]).json
    assert again["experian"]["start"] == again["experian"]["placed_at"] == again["updated_at"]
    assert code(credit.score()) == (423, "file_frozen")


@pytest.mark.parametrize(
    ("terms", "pointer"), [({"all": {"end": -1}}, "/all/end"), ({"experian": {"end": -1}}, "/experian/end")]
)
def test_a_freeze_that_would_end_before_it_starts_is_refused(
    credit: Credit, terms: dict[str, dict[str, float]], pointer: str
) -> None:
    timed = {name: {edge: around_now(hours) for edge, hours in edges.items()} for name, edges in terms.items()}
    refused = credit.freeze(timed)
    assert code(refused) == (422, "invalid_request")
    assert refused.json["errors"] == [{"pointer": pointer, "message": "Send an end after the start"}]
    assert credit.frozen().status == 404


def test_an_if_match_that_holds_no_entity_tag_is_malformed_though_there_is_no_freeze(
    credit: Credit,
) -> None:
    assert code(credit.freeze(if_match="3")) == (400, "malformed_header")
    assert code(credit.freeze(if_match='"3"')) == code(credit.freeze(if_match="*")) == (412, "precondition_failed")


def test_every_version_of_a_freeze_is_kept_with_when_and_by_whom(credit: Credit, items: Items) -> None:
    placed = credit.freeze().json
    [kept] = items("FREEZE#")
    assert (kept["changed_at"], kept["changed_by"]["client_id"]) == (placed["updated_at"], "client-under-test")


def test_if_none_match_places_a_freeze_and_fails_where_there_is_one(credit: Credit) -> None:
    assert credit.freeze(If_None_Match="*").status == 201
    assert code(credit.freeze(If_None_Match="*")) == (412, "precondition_failed")
    assert code(credit.freeze(If_None_Match='"1"')) == (400, "malformed_header")
    assert credit.freeze(If_Match='"1"').status == 200


def test_the_body_that_get_returned_may_be_sent_back_with_a_change(credit: Credit) -> None:
    placed = credit.freeze({"experian": {}}).json
    read = credit.frozen().json
    again = credit.freeze(read, If_Match='"1"')
    assert (again.status, again.json["experian"], again.json["version"]) == (200, placed["experian"], 2)
    changed = {**again.json, "experian": {**again.json["experian"], "end": around_now(24)}}
    assert credit.freeze(changed, If_Match='"2"').json["experian"]["end"] is not None


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"all": {}, "customer_id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "/customer_id"),
        ({"all": {}, "version": 7}, "/version"),
        ({"all": {}, "version": None}, "/version"),
        ({"all": {}, "updated_at": "2026-01-31T09:30:00Z"}, "/updated_at"),
        ({"experian": {"placed_at": "2026-01-31T09:30:00Z"}}, "/experian/placed_at"),
        ({"all": {"placed_at": "2026-01-31T09:30:00Z"}}, "/all/placed_at"),
    ],
)
@pytest.mark.parametrize("version", [None, 1])
def test_a_changed_read_only_member_is_refused(
    credit: Credit, terms: dict[str, Any], pointer: str, version: int | None
) -> None:
    if version:
        credit.freeze()
    refused = credit.freeze(terms, **({"If_Match": f'"{version}"'} if version else {}))
    assert code(refused) == (422, "invalid_request")
    message = "Set by the service. Leave it out, or send the value that GET returns"
    assert refused.json["errors"] == [{"pointer": pointer, "message": message}]


@pytest.mark.parametrize(
    ("terms", "pointer"), [({}, "/all"), ({"all": {}, "equifax": {}}, "/equifax"), ({"all": None}, "/all")]
)
def test_a_freeze_of_all_and_of_one_is_refused_with_a_pointer(
    credit: Credit, terms: dict[str, Any], pointer: str
) -> None:
    assert [error["pointer"] for error in credit.freeze(terms).json["errors"]] == [pointer]
