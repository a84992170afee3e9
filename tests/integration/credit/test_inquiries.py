"""POST and GET /v1/credit/{customer_id}/inquiries."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.credit.reference.purposes import RULES, CreditPurpose
from tests.support.credit import BOB, Credit
from tests.support.problems import code

Items = Callable[[str], list[dict[str, Any]]]


def test_a_hard_inquiry_answers_with_itself_and_the_score_it_disclosed(credit: Credit) -> None:
    report = credit.record().json
    answer = credit.inquire(headers={"Idempotency-Key": "k", "Dossier-Actor": "agent 7"})
    assert answer.status == 201
    inquiry, score = answer.json["inquiry"], answer.json["score"]
    assert inquiry.pop("inquired_at")
    assert inquiry == {
        "id": score["inquiry_id"],
        "customer_id": credit.customer_id,
        "kind": "hard",
        "purpose": "credit_extension",
        "bureau": "experian",
        "model": "fico",
        "caller": {"client_id": "client-under-test", "actor": "agent 7"},
        "report_ids": [report["id"]],
        "summarised": None,
    }
    assert {name: score[name] for name in report} == report
    assert answer.headers["cache-control"] == "no-store"


def test_a_hard_inquiry_needs_an_idempotency_key_and_a_soft_one_does_not(credit: Credit, items: Items) -> None:
    credit.record()
    assert code(credit.inquire(headers={})) == (400, "idempotency_key_required")
    assert items("INQUIRY") == []
    assert credit.inquire(headers={}, kind="soft").status == 201


def test_an_inquiry_sent_again_gets_its_first_answer_and_is_made_once(credit: Credit, items: Items) -> None:
    credit.record()
    first = credit.inquire(headers={"Idempotency-Key": "k"})
    credit.record(score=600, scored_at="2026-02-01T00:00:00Z")
    again = credit.inquire(headers={"Idempotency-Key": "k"})
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(items("INQUIRY")) == 1


def test_the_answer_to_one_person_is_not_replayed_to_another(credit: Credit, items: Items) -> None:
    credit.record()
    assert credit.inquire(headers={"Idempotency-Key": "k", "Dossier-Actor": "agent-7"}).status == 201
    for other in ({"Dossier-Actor": "agent-8"}, {}):
        assert code(credit.inquire(headers={"Idempotency-Key": "k", **other})) == (422, "idempotency_key_reused")
    assert len(items("INQUIRY")) == 1


def test_another_inquiry_with_the_same_key_is_refused(credit: Credit, items: Items) -> None:
    credit.record()
    credit.inquire(headers={"Idempotency-Key": "k"})
    other = credit.inquire(headers={"Idempotency-Key": "k"}, purpose="consumer_transaction")
    assert code(other) == (422, "idempotency_key_reused")
    assert len(items("INQUIRY")) == 1


def test_a_freeze_that_has_come_since_stops_an_inquiry_that_is_sent_again(credit: Credit) -> None:
    credit.record()
    credit.inquire(headers={"Idempotency-Key": "k"})
    credit.freeze()
    assert code(credit.inquire(headers={"Idempotency-Key": "k"})) == (423, "file_frozen")


@pytest.mark.parametrize("purpose", [purpose for purpose in CreditPurpose if not RULES[purpose].hard])
def test_a_hard_inquiry_for_a_soft_purpose_is_refused_with_those_that_may(credit: Credit, purpose: str) -> None:
    credit.record()
    answer = credit.inquire(purpose=purpose)
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"] == [
        {
            "pointer": "/purpose",
            "message": "For a hard inquiry, send one of credit_extension, consumer_transaction, tenant_screening",
        }
    ]


@pytest.mark.parametrize(
    "changes", [{"kind": "firm"}, {"bureau": "innovis"}, {"model": "x"}, {"purpose": "x"}, {"x": "y"}]
)
def test_an_inquiry_that_is_none_is_refused(credit: Credit, calls: list[str], changes: dict[str, Any]) -> None:
    assert code(credit.inquire(**changes)) == (422, "invalid_request")
    assert calls == []


def test_an_inquiry_into_a_series_without_a_score_is_not_made(credit: Credit, items: Items) -> None:
    credit.record()
    assert code(credit.inquire(bureau="equifax")) == (404, "no_score_recorded")
    assert items("INQUIRY") == []


def test_the_list_tells_every_inquiry_newest_first_and_no_score(credit: Credit) -> None:
    credit.record()
    made = [
        credit.score(purpose="employment").json["inquiry_id"],
        credit.inquire().json["inquiry"]["id"],
        credit.history(purpose="account_review").json["inquiry_id"],
    ]
    listed = credit.inquiries()
    assert listed.json["next_cursor"] is None
    assert [inquiry["id"] for inquiry in listed.json["items"]] == made[::-1]
    assert [(i["purpose"], i["kind"]) for i in listed.json["items"]] == [
        ("account_review", "soft"),
        ("credit_extension", "hard"),
        ("employment", "soft"),
    ]
    assert ":712" not in listed.text  # .712 may be part of a time


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
def test_pages_of_the_list_join_to_the_whole(credit: Credit, limit: int) -> None:
    credit.record()
    made = [credit.score().json["inquiry_id"] for _ in range(7)]
    page = credit.inquiries(limit=limit)
    pages = [page]
    while page.json["next_cursor"]:
        page = credit.inquiries(limit=limit, cursor=page.json["next_cursor"])
        pages.append(page)
    assert [inquiry["id"] for page in pages for inquiry in page.json["items"]] == made[::-1]
    assert len(pages) == -(-7 // limit)


def test_listing_leaves_no_inquiry_and_takes_one_query(credit: Credit, calls: list[str], items: Items) -> None:
    credit.record()
    credit.score()
    calls.clear()
    credit.inquiries()
    assert calls == ["Query"]
    assert len(items("INQUIRY")) == 1


def test_a_cursor_of_another_customers_list_is_refused(credit: Credit) -> None:
    credit.record()
    credit.score()
    credit.score()
    cursor = credit.inquiries(limit=1).json["next_cursor"]
    assert code(Credit(credit.gateway, BOB).inquiries(limit=1, cursor=cursor)) == (400, "invalid_cursor")


def test_a_customer_without_inquiries_has_an_empty_list(credit: Credit) -> None:
    assert credit.inquiries().json == {"items": [], "next_cursor": None}


def test_inquiring_needs_its_own_scope(credit: Credit) -> None:
    credit.gateway.scope = "credit/read credit/write credit/freeze"
    assert code(credit.inquire()) == (403, "insufficient_scope")
