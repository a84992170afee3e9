"""GET /v1/credit/{customer_id}/scores."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.credit import Credit
from tests.support.gateway import Answer
from tests.support.problems import code

Items = Callable[[str], list[dict[str, Any]]]

SERIES = [("experian", "fico", "8"), ("equifax", "fico", "8"), ("equifax", "vantagescore", "3.0")]


def day(number: int) -> str:
    return f"2026-01-{number:02}T00:00:00.000Z"


@pytest.fixture
def recorded(credit: Credit) -> list[dict[str, Any]]:
    """Record nine reports in three series, a day apart, oldest first."""
    facts: dict[str, Any] = {"reason_codes": []}
    return [
        credit.record(bureau=b, model=m, model_version=v, score=600 + n, scored_at=day(n), **facts).json
        for n in range(1, 10)
        for b, m, v in [SERIES[n % 3]]
    ]


def ids(*answers: Answer) -> list[str]:
    assert {answer.status for answer in answers} <= {200}, answers[0].text
    return [report["id"] for answer in answers for report in answer.json["items"]]


def walked(credit: Credit, **query: Any) -> list[Answer]:
    pages = [credit.history(**query)]
    while pages[-1].json["next_cursor"]:
        pages.append(credit.history(**query, cursor=pages[-1].json["next_cursor"]))
    return pages


@pytest.mark.parametrize("limit", [1, 2, 4, 8, 9, 100])
@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_run_both_ways_in_time_over_all_series(
    credit: Credit, recorded: list[dict[str, Any]], order: str, limit: int
) -> None:
    every = [report["id"] for report in recorded]
    pages = walked(credit, order=order, limit=limit)
    assert ids(*pages) == (every if order == "oldest" else every[::-1])
    assert len(pages) == -(-9 // limit)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_long_series_next_to_a_short_one_is_read_on_until_the_page_is_full(credit: Credit, order: str) -> None:
    scored = datetime(2026, 1, 1, tzinfo=UTC)
    of_a_series = [("experian", "fico", "8"), *[("equifax", "fico", "8")] * 39]
    recorded = [
        credit.record(
            bureau=b,
            model=m,
            model_version=v,
            score=600,
            reason_codes=[],
            scored_at=(scored + timedelta(hours=n)).isoformat(),
        ).json["id"]
        for n, (b, m, v) in enumerate(of_a_series)
    ]
    expected = recorded if order == "oldest" else recorded[::-1]
    assert ids(credit.history(order=order, limit=35)) == expected[:35]
    assert ids(*walked(credit, order=order, limit=17)) == expected


@pytest.mark.parametrize(
    "query", [{}, {"bureau": "equifax"}, {"model": "fico"}, {"bureau": "equifax", "model": "fico"}]
)
@pytest.mark.parametrize("period", [(None, None), (3, None), (None, 7), (2, 8), (20, 25)])
def test_filters_choose_the_reports(
    credit: Credit, recorded: list[dict[str, Any]], query: dict[str, str], period: tuple[int | None, int | None]
) -> None:
    begin, end = period
    parameters: dict[str, Any] = {**query, "limit": 2}
    parameters |= {"from_": day(begin)} if begin else {}
    parameters |= {"to": day(end)} if end else {}
    expected = [
        report["id"]
        for report in recorded
        if all(report[name] == value for name, value in query.items())
        and (begin is None or report["scored_at"] >= day(begin))
        and (end is None or report["scored_at"] < day(end))
    ]
    assert ids(*walked(credit, **parameters)) == expected[::-1]


def test_each_page_leaves_an_inquiry_that_names_its_reports(
    credit: Credit, recorded: list[dict[str, Any]], items: Items
) -> None:
    del recorded
    pages = walked(credit, limit=4, purpose="account_review", bureau="equifax")
    inquiries = items("INQUIRY")
    assert [page.json["inquiry_id"] for page in pages] == [inquiry["id"] for inquiry in inquiries]
    assert [inquiry["report_ids"] for inquiry in inquiries] == [ids(page) for page in pages]
    assert {(i["kind"], i["purpose"], i["bureau"]) for i in inquiries} == {("soft", "account_review", "equifax")}


def test_an_empty_page_leaves_an_inquiry_too(credit: Credit, items: Items) -> None:
    answer = credit.history(summary="true", bureau="experian", model="fico")
    assert (answer.json["items"], answer.json["summary"]) == ([], None)
    assert [inquiry["report_ids"] for inquiry in items("INQUIRY")] == [[]]


def test_the_link_to_the_next_page_says_what_was_asked(credit: Credit, recorded: list[dict[str, Any]]) -> None:
    del recorded
    answer = credit.history(limit=2, from_=day(1), order="oldest")
    assert answer.headers["link"].startswith(
        "<?purpose=credit_extension&from=2026-01-01T00%3A00%3A00.000Z&order=oldest"
    )
    following = answer.headers["link"].removeprefix("<?").partition(">")[0]
    assert len(credit.call("GET", "scores", query=following).json["items"]) == 2


def test_a_cursor_is_good_for_its_filter_alone(credit: Credit, recorded: list[dict[str, Any]], items: Items) -> None:
    del recorded
    cursor = credit.history(limit=2).json["next_cursor"]
    assert code(credit.history(limit=2, order="oldest", cursor=cursor)) == (400, "invalid_cursor")
    assert code(credit.history(limit=2, purpose="employment", cursor=cursor)) == (400, "invalid_cursor")
    assert len(items("INQUIRY")) == 1


def test_a_cursor_beyond_the_end_of_a_period_finds_nothing(credit: Credit, recorded: list[dict[str, Any]]) -> None:
    del recorded
    assert credit.history(from_="2099-01-01T00:00:00Z").json["items"] == []
    assert credit.history(to="2019-01-01T00:00:00Z").json["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "purpose=x",
        "purpose=employment&from=2026-01-01",
        "purpose=employment&from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z",
        "purpose=employment&summary=true",
        "purpose=employment&summary=true&bureau=equifax",
        "purpose=employment&summary=yes&bureau=equifax&model=fico",
        "purpose=employment&order=best",
        "purpose=employment&limit=0",
        "purpose=employment&limit=101",
        "purpose=employment&from_=2026-01-01T00:00:00Z",
    ],
)
def test_a_query_that_does_not_fit_is_refused(credit: Credit, calls: list[str], query: str) -> None:
    assert code(credit.call("GET", "scores", query=query)) == (422, "invalid_request")
    assert calls == []


def test_a_page_takes_a_query_for_the_file_and_one_for_each_series_and_a_write(
    credit: Credit, calls: list[str], recorded: list[dict[str, Any]]
) -> None:
    del recorded
    calls.clear()
    credit.history()
    assert calls == ["Query", *["Query"] * 3, "TransactWriteItems"]
    calls.clear()
    credit.history(bureau="equifax", model="fico", summary="true")
    assert calls == ["Query", "Query", "Query", "TransactWriteItems"]


def test_the_summary_tells_range_and_changes_of_a_series(credit: Credit) -> None:
    def ago(days: int) -> str:
        return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    for days, score in [(500, 500), (400, 640), (200, 720), (95, 650), (40, 700), (1, 710)]:
        credit.record(score=score, scored_at=ago(days))
    credit.record(model_version="9", score=400, scored_at=ago(2))
    credit.record(bureau="equifax", score=300, reason_codes=[], scored_at=ago(0))
    summary = credit.history(bureau="experian", model="fico", summary="true", limit=1).json["summary"]
    assert datetime.fromisoformat(summary.pop("since")) < datetime.now(UTC) - timedelta(days=364)
    assert summary == {
        "model_version": "8",
        "minimum": 650,
        "maximum": 720,
        "scores": 4,
        "change_30_days": 10,
        "change_90_days": 60,
        "change_365_days": 70,
    }


def test_the_history_needs_the_scope_to_read(credit: Credit, recorded: list[dict[str, Any]]) -> None:
    del recorded
    credit.gateway.scope = "credit/inquire"
    assert code(credit.history()) == (403, "insufficient_scope")


def test_the_inquiry_tells_what_a_summary_was_made_of_although_the_page_is_empty(
    credit: Credit, recorded: list[dict[str, Any]]
) -> None:
    later = {"bureau": "experian", "model": "fico", "summary": "true", "from_": "2099-01-01T00:00:00Z"}
    answer = credit.history(**later)
    assert (answer.json["items"], answer.json["summary"]["scores"]) == ([], 3)
    [inquiry] = credit.inquiries().json["items"]
    assert inquiry["report_ids"] == []
    assert inquiry["summarised"] == {
        "model_version": "8",
        "scores": 3,
        "since": answer.json["summary"]["since"],
    }
    assert len(recorded) == 9
