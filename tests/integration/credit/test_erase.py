"""The erasure of a credit file: `service.erase`, and DELETE /v1/credit/{customer_id}."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from functions.credit import table
from functions.credit.erasure import KINDS
from functions.credit.erasure_store import STEP, get_erasures
from functions.credit.errors import CreditFileErased
from functions.credit.freezes import FreezeTerms, NewFreeze
from functions.credit.notice_store import get_notices
from functions.credit.notices import AdverseActionNotice
from functions.credit.service import erase
from functions.credit.store import get_store
from functions.shared.aws.client import dynamodb
from functions.shared.aws.errors import CallRefused
from functions.shared.plain.clock import now
from functions.shared.plain.erasure import Erasure
from functions.shared.requests.caller import Caller
from tests.integration.credit.conftest import Hook, Items, forget
from tests.support.credit import ADA, BOB, FACTS, Credit
from tests.support.gateway import Answer
from tests.support.problems import code

ERASURE = "era_01M81ZSH2FGSN7PEVEX7N32QYS"
REG_B = "12 CFR 1002.12(b)"
Retained = Callable[[], dict[str, int]]


@pytest.fixture
def retained(session: boto3.Session, deployed: Any) -> Retained:
    """Return a function that returns the sort keys of the sealed records, with their `expires_at`."""

    def retained() -> dict[str, int]:
        stored = session.resource("dynamodb").Table(deployed.environment["RETAINED_NAME"]).scan()["Items"]
        return {str(item["sk"]): int(str(item["expires_at"])) for item in stored}

    return retained


def filled(credit: Credit) -> dict[str, str]:
    """Fill a file with at least one item of each kind, and return the ids of its inquiries and notices."""
    credit.record()
    credit.record(score=700, scored_at="2026-01-30T00:00:00Z")
    hard = credit.inquire().json["inquiry"]["id"]
    page = credit.history(purpose="employment").json["inquiry_id"]
    notice = credit.notice(hard).json["id"]
    credit.freeze()
    credit.lift()
    return {"hard": hard, "page": page, "notice": notice}


def left(items: Items) -> list[str]:
    """Return the sort keys of the items of all files."""
    return [item["sk"] for item in items("") if item["pk"].startswith("FILE#")]


def test_everything_is_erased_except_what_a_law_requires_which_is_sealed(
    credit: Credit, items: Items, retained: Retained
) -> None:
    ids = filled(credit)
    at = now()
    result = erase(ADA, ERASURE, at)
    assert result.erased == {"responses": 1, "report_keys": 2, "freezes": 2, "series": 1, "reports": 2}
    assert left(items) == ["HEAD#FILE", "INQUIRY#~"]
    laws = {(kept.what, kept.why) for kept in result.retained}
    assert laws == {
        ("inquiries", REG_B),
        ("inquiries", "15 USC 1681g(a)(3)(A)(i)"),
        ("adverse_action_notices", REG_B),
    }
    expected = {f"INQUIRY#{ids['hard']}", f"INQUIRY#{ids['page']}", f"NOTICE#{ids['notice']}"}
    assert retained().keys() == expected
    assert {int(kept.until.timestamp()) for kept in result.retained if kept.until} == set(retained().values())


def test_a_sealed_record_contains_nothing_readable(credit: Credit, session: boto3.Session, deployed: Any) -> None:
    filled(credit)
    erase(ADA, ERASURE, now())
    for item in session.client("dynamodb").scan(TableName=deployed.environment["RETAINED_NAME"])["Items"]:
        assert item.keys() == {"pk", "sk", "expires_at", "sealed"}
        sealed = b"".join(bytes(part["B"]) for part in item["sealed"]["L"])
        assert b"experian" not in sealed


def test_an_id_without_data_gets_a_tombstone_that_refuses_later_data(credit: Credit, items: Items) -> None:
    assert erase(ADA, ERASURE, now()) == Erasure(erased={})
    assert left(items) == ["HEAD#FILE", "INQUIRY#~"]
    assert code(credit.record()) == (410, "credit_file_erased")
    assert code(credit.freeze()) == (410, "credit_file_erased")


def test_another_customers_file_stays(credit: Credit) -> None:
    bob = Credit(credit.gateway, BOB)
    bob.record()
    filled(credit)
    erase(ADA, ERASURE, now())
    assert bob.score().status == 200


def test_a_second_erasure_returns_the_same_result_and_sends_no_write(
    credit: Credit, items: Items, calls: list[str]
) -> None:
    filled(credit)
    first = erase(ADA, ERASURE, now())
    before = items("")
    calls.clear()
    assert erase(ADA, "era_01M81ZSH2FGSN7PEVEX7N32QYT", now() + timedelta(days=1)) == first
    assert calls == ["GetItem"]
    assert items("") == before


def test_inquiries_that_no_law_requires_any_longer_are_erased(credit: Credit, retained: Retained) -> None:
    credit.record()
    credit.score(purpose="court_order")
    credit.inquire(purpose="tenant_screening")  # A hard inquiry is listed for two years. The law requires one.
    result = erase(ADA, ERASURE, now() + timedelta(days=367))
    assert (result.erased["inquiries"], result.retained, retained()) == (2, (), {})


def test_the_latest_date_of_each_law_is_returned(credit: Credit, retained: Retained) -> None:
    credit.record()
    old = datetime.now(UTC) - timedelta(days=300)
    later = credit.score().json["inquiry_id"]
    [stored] = dynamodb().query(
        TableName=get_store()._table,  # noqa: SLF001
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": f"FILE#{ADA}"}, ":sk": {"S": "INQUIRY"}},
    )["Items"]
    for sort in ("INQUIRY#inq_0", "INQUIRY#inq_7"):
        earlier = {**stored, "sk": {"S": sort}, "id": {"S": sort}, "inquired_at": {"S": f"{old:%Y-%m-%d}T00:00:00Z"}}
        dynamodb().put_item(TableName=get_store()._table, Item=earlier)  # noqa: SLF001
    [kept] = erase(ADA, ERASURE, now()).retained
    assert kept.until is not None
    assert int(kept.until.timestamp()) == retained()[f"INQUIRY#{later}"] == max(retained().values())


def test_a_large_file_is_erased_in_steps(credit: Credit, items: Items, retained: Retained, calls: list[str]) -> None:
    credit.record()
    for _ in range(2 * STEP):
        credit.score()
    calls.clear()
    result = erase(ADA, ERASURE, now())
    assert left(items) == ["HEAD#FILE", "INQUIRY#~"]
    assert (len(retained()), result.erased) == (2 * STEP, {"report_keys": 1, "reports": 1, "series": 1})
    assert calls.count("TransactWriteItems") == 1 + 3 + 1
    assert calls.count("Encrypt") == 2 * STEP


def test_after_a_failure_at_any_call_the_next_erasure_continues(
    credit: Credit, hook: Hook, items: Items, retained: Retained
) -> None:
    until_failure: Iterator[int] = iter([])

    def fail(**_: Any) -> tuple[SimpleNamespace, dict[str, Any]] | None:
        if next(until_failure, None) == 0:
            return SimpleNamespace(status_code=400), {"Error": {"Code": "AccessDeniedException"}}
        return None

    hook("before-call", fail)
    forget()
    for number in range(20):
        credit.customer_id = f"cus_01JADA0000000000000000{number:04}"
        filled(credit)
        before = retained().keys()
        until_failure = iter(range(number, -1, -1))
        with suppress(CallRefused):
            erase(credit.customer_id, ERASURE, now())
        failed = next(until_failure, None) is None
        until_failure = iter([])
        assert sum(erase(credit.customer_id, ERASURE, now()).erased.values()) == 8
        assert len(retained().keys() - before) == 3
    assert not failed  # The last number is beyond the erasure's calls.
    assert set(left(items)) == {"HEAD#FILE", "INQUIRY#~"}


def test_two_erasures_at_the_same_time_count_each_item_once(credit: Credit, retained: Retained) -> None:
    filled(credit)
    begun = get_erasures().begin(ADA, ERASURE, now(), lambda _: None)
    other = get_erasures().step(begun)
    assert get_erasures().step(begun) == other  # Its step is refused, because the other one made it.
    assert sum(erase(ADA, ERASURE, now()).erased.values()) == 8
    assert len(retained()) == 3


def test_a_freeze_that_changes_while_the_erasure_begins_is_erased_too(credit: Credit) -> None:
    placing = iter([credit.freeze])

    def place(**_: Any) -> None:
        for freeze in placing:
            freeze()

    erasures = get_erasures()
    assert erasures.begin(ADA, ERASURE, now(), lambda _: place()).version == 1
    assert code(credit.frozen()) == (410, "credit_file_erased")


def test_the_file_is_erased_at_a_clients_request_with_any_version_or_that_of_its_freeze(credit: Credit) -> None:
    credit.record()
    etag = credit.freeze().headers["etag"]
    assert code(credit.erase(None)) == (428, "precondition_required")
    assert code(credit.erase('"7"')) == (412, "precondition_failed")
    assert credit.score(purpose="account_review").status == 200
    answer = credit.erase(etag)
    assert (answer.status, answer.text) == (204, "")
    assert code(credit.erase()) == (410, "credit_file_erased")


def test_a_client_can_continue_an_erasure_that_was_interrupted(credit: Credit, items: Items) -> None:
    filled(credit)
    get_erasures().begin(ADA, ERASURE, now(), lambda _: None)
    assert "REPORT" in "".join(left(items))
    assert credit.erase().status == 204
    assert left(items) == ["HEAD#FILE", "INQUIRY#~"]


def test_erasing_needs_its_own_scope(credit: Credit) -> None:
    credit.gateway.scope = "credit/read credit/write credit/inquire credit/freeze"
    assert code(credit.erase()) == (403, "insufficient_scope")


def test_a_response_is_not_replayed_after_the_erasure(credit: Credit) -> None:
    credit.record()
    key = {"Idempotency-Key": "k"}
    inquiry = credit.inquire(headers=key).json["inquiry"]["id"]
    credit.call("POST", "adverse-action", body={"inquiry_id": inquiry}, headers=key)
    credit.call("POST", "scores", body={**FACTS, "score": 700}, headers=key)
    credit.erase()
    assert code(credit.inquire(headers=key)) == (410, "credit_file_erased")
    again = credit.call("POST", "adverse-action", body={"inquiry_id": inquiry}, headers=key)
    assert code(again) == (410, "credit_file_erased")
    assert code(credit.call("POST", "scores", body={**FACTS, "score": 700}, headers=key)) == (410, "answer_erased")


READS: dict[str, Callable[[Credit, dict[str, str]], Answer]] = {
    "score": lambda credit, _: credit.score(),
    "history": lambda credit, _: credit.history(),
    "inquiries": lambda credit, _: credit.inquiries(),
    "page of inquiries": lambda credit, seen: credit.inquiries(limit=1, cursor=seen["cursor"]),
    "freeze": lambda credit, _: credit.frozen(),
    "notice": lambda credit, seen: credit.notice(seen["hard"]),
    "record": lambda credit, _: credit.record(score=650),
    "inquire": lambda credit, _: credit.inquire(),
    "page of the history": lambda credit, seen: credit.history(limit=1, cursor=seen["history"]),
    "export": lambda credit, _: credit.export(),
    "page of an export": lambda credit, seen: credit.export(limit=1, cursor=seen["export"]),
}


@pytest.mark.parametrize("name", READS)
def test_every_route_is_gone_from_the_tombstone_on_while_items_are_left(
    credit: Credit, items: Items, name: str
) -> None:
    seen = filled(credit)
    seen["cursor"] = credit.inquiries(limit=1).json["next_cursor"]
    seen["history"] = credit.history(limit=1).json["next_cursor"]
    seen["export"] = credit.export(limit=1).json["next_cursor"]
    get_erasures().begin(ADA, ERASURE, now(), lambda _: None)
    before = items("")
    assert code(READS[name](credit, seen)) == (410, "credit_file_erased")
    assert items("") == before


def test_a_notice_is_not_stored_when_the_erasure_begins_after_its_inquiry_was_read(
    credit: Credit, items: Items
) -> None:
    hard = filled(credit)["hard"]
    inquiry = get_notices().read_inquiry(ADA, hard, "client-under-test")
    get_erasures().begin(ADA, ERASURE, now(), lambda _: None)
    with pytest.raises(CreditFileErased):
        get_notices().record(AdverseActionNotice.of(inquiry, now()), Caller(client_id="client-under-test"))
    assert len(items("NOTICE")) == 1


@pytest.mark.usefixtures("gateway")
def test_a_freeze_is_not_placed_when_the_erasure_begins_after_its_state_was_read() -> None:
    state = get_store().freeze_state(ADA)
    get_erasures().begin(ADA, ERASURE, now(), lambda _: None)
    with pytest.raises(CreditFileErased):
        get_store().place_freeze(ADA, state, NewFreeze(all=FreezeTerms()), Caller(client_id="bank"))


def test_every_kind_of_item_has_a_name_in_the_result() -> None:
    documented = re.findall(r"^    FILE#<customer>  ([A-Z]+)", str(table.__doc__), re.MULTILINE)
    assert set(documented) == KINDS.keys()
