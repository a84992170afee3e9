"""Every purpose with every freeze and every request, compared with a table of the law that is written by hand."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from fakes.memory import Memory
from functions.credit.reference.purposes import CreditPurpose
from tests.support.credit import Credit

# Purpose: whether a freeze stops it, by 15 USC 1681c-1(i)(4), and whether its inquiry may be hard.
LAW = {
    "court_order": (False, False),
    "consumer_instructions": (True, False),
    "consumer_copy": (False, False),
    "credit_extension": (True, True),
    "credit_review": (False, False),
    "credit_collection": (False, False),
    "employment": (False, False),
    "insurance_underwriting": (False, False),
    "license_or_benefit": (True, False),
    "risk_valuation": (True, False),
    "consumer_transaction": (True, True),
    "tenant_screening": (False, True),
    "account_review": (False, False),
    "government_travel_card": (False, False),
    "child_support": (False, False),
    "receivership": (False, False),
    "prescreening": (False, False),
}
HOUR = timedelta(hours=1)
# Start, end and lift of a freeze at a bureau, in relation to now, and whether it blocks.
FREEZES: dict[str, tuple[dict[str, timedelta], bool]] = {
    "for good": ({}, True),
    "begun": ({"start": -HOUR}, True),
    "not begun": ({"start": HOUR}, False),
    "ending": ({"end": HOUR}, True),
    "ended": ({"start": -2 * HOUR, "end": -HOUR}, False),
    "lifted now": ({"lift": -HOUR}, False),
    "lifted later": ({"lift": HOUR}, True),
}
PLACES = ("all", "experian", "equifax")
WAYS = ("score", "score of the newest", "history", "history of all", "soft", "hard")


def body(place: str, times: dict[str, timedelta]) -> dict[str, Any]:
    at = {name: (datetime.now(UTC) + delta).strftime("%Y-%m-%dT%H:%M:%SZ") for name, delta in times.items()}
    terms: dict[str, Any] = {name: at[name] for name in ("start", "end") if name in at}
    if "lift" in times:
        end = (datetime.now(UTC) + times["lift"] + 2 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
        terms["lifts"] = [{"start": at["lift"], "end": end}]
    return {place: terms}


def status(credit: Credit, way: str, purpose: str) -> int:
    series = {"bureau": "experian", "model": "fico"}
    match way:
        case "score":
            return credit.score(purpose=purpose, **series).status
        case "score of the newest":
            return credit.score(purpose=purpose).status
        case "history":
            return credit.history(purpose=purpose, **series).status
        case "history of all":
            return credit.history(purpose=purpose).status
    return credit.inquire(purpose=purpose, kind=way).status


def expected(way: str, purpose: str, place: str | None, *, blocks: bool) -> int:
    stoppable, may_be_hard = LAW[purpose]
    if way == "hard" and not may_be_hard:
        return 422
    met = place is not None and (place in {"all", "experian"} or way in {"score of the newest", "history of all"})
    if stoppable and blocks and met:
        return 423
    return 201 if way in {"soft", "hard"} else 200


def test_the_table_has_every_purpose() -> None:
    assert list(LAW) == [*CreditPurpose]


def test_every_purpose_with_every_freeze_and_way_to_ask(
    memory: Memory, credit: Credit, capsys: pytest.CaptureFixture[str]
) -> None:
    credit.record()
    wrong, tried, answered = [], 0, 0
    freezes: list[tuple[str | None, dict[str, timedelta], bool]] = [(None, {}, False)]
    freezes += [(place, times, blocks) for place in PLACES for times, blocks in FREEZES.values()]
    for place, times, blocks in freezes:
        if place is not None:
            assert credit.freeze(body(place, times)).status == 201
        for purpose, way in product(LAW, WAYS):
            actual, should = status(credit, way, purpose), expected(way, purpose, place, blocks=blocks)
            tried, answered = tried + 1, answered + (actual in {200, 201})
            if actual != should:
                wrong.append((place, times, purpose, way, actual, should))
        if place is not None:
            credit.lift()
    assert wrong == []
    inquiries = [sort for sort in memory.items[f"FILE#{credit.customer_id}"] if sort.startswith("INQUIRY#")]
    assert len(inquiries) == answered
    with capsys.disabled():
        print(  # noqa: T201 - a figure to show
            f"\ncredit: {tried} combinations of purpose, freeze and way to ask, {len(wrong)} wrong; "
            f"{answered} answers, {len(inquiries)} inquiries"
        )
