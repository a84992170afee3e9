"""The Credit Score Service, as a client meets it: a file's journey, races, and whatever is sent."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ulid import ULID

from tests.e2e.api import at_once, describe, expect, next_page, problem, refuse_defects
from tests.e2e.target import Target, Tokens
from tests.support.credit import FACTS

SCOPES = "credit/freeze credit/inquire credit/read credit/write"
INQUIRY = {"kind": "hard", "purpose": "credit_extension", "bureau": "experian", "model": "fico"}

Call = Callable[..., httpx.Response]


@pytest.fixture
def call(target: Target) -> Iterator[Call]:
    """Calls a route of a new customer's credit file, given as its path's end; any defect is an error."""
    customer_id = f"cus_{ULID.from_datetime(datetime.now(UTC))}"
    tokens = Tokens(target.token)
    with httpx.Client(base_url=target.url, timeout=20, trust_env=False) as http:
        http.event_hooks = {"response": [refuse_defects]}

        def call(method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
            url = path if path.startswith("http") else f"/v1/credit/{customer_id}/{path}"
            return http.request(method, url, headers={**tokens.headers(SCOPES), **(headers or {})}, **more)

        yield call


def test_a_file_from_its_first_report_to_a_notice(call: Call) -> None:
    problem(call("GET", "score", params={"purpose": "employment"}), 404, "no_score_recorded")
    report = call("POST", "scores", json=FACTS)
    expect(report, 201)
    score = call("GET", "score", params={"purpose": "employment"})
    expect(score, 200)
    assert score.json()["id"] == report.json()["id"]
    made = call("POST", "inquiries", json=INQUIRY, headers={"Idempotency-Key": str(uuid4())})
    expect(made, 201)
    notice = call("POST", "adverse-action", json={"inquiry_id": made.json()["inquiry"]["id"]})
    expect(notice, 200)
    assert notice.json()["score"]["score"] == 712
    listed = call("GET", "inquiries").json()["items"]
    assert [inquiry["kind"] for inquiry in listed] == ["hard", "soft"]


def test_a_freeze_from_its_placing_to_its_lifting(call: Call) -> None:
    expect(call("POST", "scores", json=FACTS), 201)
    placed = call("PUT", "freeze", json={"all": {}})
    expect(placed, 201)
    problem(call("GET", "score", params={"purpose": "credit_extension"}), 423, "file_frozen")
    problem(call("GET", "scores", params={"purpose": "credit_extension"}), 423, "file_frozen")
    problem(call("POST", "inquiries", json=INQUIRY, headers={"Idempotency-Key": "k"}), 423, "file_frozen")
    expect(call("GET", "score", params={"purpose": "account_review"}), 200)
    problem(call("DELETE", "freeze"), 428, "precondition_required")
    expect(call("DELETE", "freeze", headers={"If-Match": placed.headers["ETag"]}), 204)
    expect(call("GET", "score", params={"purpose": "credit_extension"}), 200)


def test_the_history_pages_both_ways(call: Call) -> None:
    for day in range(1, 6):
        expect(call("POST", "scores", json={**FACTS, "scored_at": f"2026-01-{day:02}T00:00:00Z"}), 201)
    for order in ("newest", "oldest"):
        answer = call("GET", "scores", params={"purpose": "employment", "limit": 2, "order": order})
        times = [report["scored_at"] for report in answer.json()["items"]]
        while (url := next_page(answer)) is not None:
            answer = call("GET", url)
            times += [report["scored_at"] for report in answer.json()["items"]]
        assert times == sorted(times, reverse=order == "newest")
        assert len(times) == 5


def test_every_answer_of_many_at_once_leaves_one_inquiry(call: Call, show: Callable[[str], None]) -> None:
    expect(call("POST", "scores", json=FACTS), 201)
    answers = at_once(10, lambda _: call("GET", "score", params={"purpose": "employment"}))
    # Transactions that meet at one file's state are tried again; one that is given up says when to come back.
    assert {answer.status_code for answer in answers} <= {200, 503}
    given = sorted(answer.json()["inquiry_id"] for answer in answers if answer.status_code == 200)
    listed = call("GET", "inquiries", params={"limit": 100}).json()["items"]
    assert sorted(inquiry["id"] for inquiry in listed) == given
    show(f"credit: {len(given)} answers of 10 reads at once, {len(listed)} inquiries")


def test_one_hard_inquiry_sent_many_times_at_once_is_made_once(call: Call) -> None:
    expect(call("POST", "scores", json=FACTS), 201)
    key = {"Idempotency-Key": str(uuid4())}
    answers = at_once(6, lambda _: call("POST", "inquiries", json=INQUIRY, headers=key))
    assert {answer.status_code for answer in answers} <= {201, 409, 503}, [describe(answer) for answer in answers]
    ids = {answer.json()["inquiry"]["id"] for answer in answers if answer.status_code == 201}
    assert len(ids) == 1
    assert [inquiry["id"] for inquiry in call("GET", "inquiries").json()["items"]] == [*ids]


BODIES = ["", "{", "[]", "null", "7", '"x"', "{}", '{"x": 1}', '{"score": NaN}', "[" * 10_000, '{"bureau": "\\ud800"}']
WRONG = [None, True, -1, 10**30, 1.5, "", "x" * 5000, "\x00", "é", [], {}, ["x"], {"x": "y"}, "2026-02-30T00:00:00Z"]
# Fit, though a list and an object: no reasons, and a freeze without terms.
HARMLESS: list[tuple[str, Any]] = [("reason_codes", []), ("experian", {})]
GOOD: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "scores"): FACTS,
    ("POST", "inquiries"): INQUIRY,
    ("PUT", "freeze"): {"experian": {"start": "2026-01-01T00:00:00Z"}},
    ("POST", "adverse-action"): {"inquiry_id": "inq_01KGC3EG00TQ6Y1K3BG1Z6B4XV"},
}
QUERIES = ["purpose", "bureau", "model", "from", "to", "order", "summary", "limit", "cursor", "x"]


def test_no_bad_input_is_a_defect_or_is_stored(call: Call, show: Callable[[str], None]) -> None:
    key, sent = {"Content-Type": "application/json", "Idempotency-Key": "k"}, 0
    for method, path in GOOD:
        for body in BODIES:
            answer = call(method, path, content=body, headers=key)
            assert answer.status_code in {400, 422}, describe(answer)
            sent += 1
    for ((method, path), good), wrong in product(GOOD.items(), WRONG):
        for name in good:
            answer = call(method, path, json={**good, name: wrong}, headers=key)
            if answer.status_code != 201:
                problem(answer, 422, "invalid_request")
            else:
                assert (name, wrong) in HARMLESS
            sent += 1
    for path, name, value in product(
        ("score", "scores", "inquiries"), QUERIES, ("", "x", "%00", "%ff", "-1", "1" * 400)
    ):
        answer = call(
            "GET", f"{path}?purpose=employment&{name}={value}" if name != "purpose" else f"{path}?{name}={value}"
        )
        assert answer.status_code in {400, 404, 422}, describe(answer)
        sent += 1
    listed = call("GET", "inquiries").json()["items"]
    assert listed == []
    show(f"credit: {sent} bad inputs, 0 x 5xx, {len(listed)} inquiries left behind")
