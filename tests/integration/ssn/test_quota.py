"""Quotas: every question that says something of a number is counted before it is answered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from functions.shared.aws.boto import BotocoreCalls
from functions.shared.aws.client import DynamoDB
from functions.shared.aws.quota import Quota, Quotas
from functions.shared.plain.problems import DependencyUnavailable, QuotaExceeded
from functions.ssn.environment import get_service
from functions.ssn.quota import CONFLICTS, GUESSES, LOOKUPS, REPLACED, REVEALS, STORED, VERIFICATIONS
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import ADA, BOB, acts, audit, consent, get, lookup, put, reveal, stored, verify, write
from tests.support.clients import client_of
from tests.support.dynamodb import refusing
from tests.support.gateway import Answer, Gateway

AT = datetime(2026, 11, 24, 13, 59, 30, tzinfo=UTC)


def spend(quota: Quota, subject: str, left: int = 0) -> None:
    """Leave so many of a quota in the current window."""
    key = Quotas(refusing("unused"), "unused").key(quota, subject)
    write("TABLE_NAME", [{**key, "used": {"N": str(quota.limit - left)}}])


ASKS: list[tuple[Quota, str, Callable[[Gateway, int], Answer]]] = [
    (REVEALS, "client-under-test", lambda gateway, _: reveal(gateway)),
    (LOOKUPS, "client-under-test", lambda gateway, _: lookup(gateway, "512-73-8046")),
    (VERIFICATIONS, "client-under-test", lambda gateway, at: verify(gateway, "512-73-8046", consent(f"c{at}"))),
    (GUESSES, ADA, lambda gateway, at: verify(gateway, "512-73-8047", consent(f"c{at}"))),
    (CONFLICTS, "client-under-test", lambda gateway, _: put(gateway, "512-73-8046", BOB)),
]


@pytest.mark.parametrize(("quota", "subject", "ask"), ASKS, ids=[quota.name for quota, _, _ in ASKS])
def test_a_question_beyond_the_quota_is_not_answered(
    gateway: Gateway, quota: Quota, subject: str, ask: Callable[[Gateway, int], Answer]
) -> None:
    put(gateway, "512-73-8046")
    spend(quota, subject, left=2)
    assert all(ask(gateway, at).status in {200, 409} for at in range(2))
    before = acts(gateway)
    refused = ask(gateway, 3)
    assert (refused.status, refused.json["code"]) == (429, "quota_exceeded")
    assert 0 < int(refused.headers["retry-after"]) <= quota.window.total_seconds()
    assert acts(gateway) == before
    assert get(gateway).status == 200


def test_a_client_over_its_quota_of_conflicts_may_store_nothing_and_costs_no_call_to_kms(
    gateway: Gateway, sent: Sent
) -> None:
    spend(CONFLICTS, "client-under-test")
    assert put(gateway, "512-73-8046").json["code"] == "quota_exceeded"
    assert [operation for operation, _ in sent] == ["TransactGetItems"]
    gateway.client_id = "another-client"
    assert put(gateway, "512-73-8046").status == 201


def test_a_conflict_that_exceeds_the_quota_while_it_is_found_is_not_told(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(gateway, "512-73-8046")
    audited = get_service()._store.commit  # noqa: SLF001 - others use the quota up between its reading and the conflict

    def overtaken(*arguments: Any) -> None:
        spend(CONFLICTS, "client-under-test")
        audited(*arguments)

    monkeypatch.setattr(get_service()._store, "commit", overtaken)  # noqa: SLF001
    before = acts(gateway)
    assert put(gateway, "512-73-8046", BOB).json["code"] == "quota_exceeded"
    assert (acts(gateway), audit(gateway, BOB).status) == (before, 404)


def test_numbers_that_nobody_has_count_too(gateway: Gateway) -> None:
    spend(STORED, "client-under-test", left=2)
    statuses = [put(gateway, f"512-73-80{at:02}", f"cus_01JD8Z4Q7X9V5T3R1N0M2K4H{at:02}").status for at in range(3)]
    assert statuses == [201, 201, 429]
    gateway.client_id = "another-client"
    assert put(gateway, "601-20-7735").status == 201


def test_the_replacements_of_all_clients_count_for_one_customer(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    statuses = []
    for at in range(REPLACED.limit + 1):
        gateway.client_id = f"client-{at}"
        statuses.append(put(gateway, f"512-73-81{at:02}", if_match="*").status)
    assert statuses == [200] * REPLACED.limit + [429]
    assert get(gateway).json["version"] == REPLACED.limit + 1


def test_what_is_refused_before_it_tells_anything_does_not_count(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    counted = counts()
    assert put(gateway, "601-20-7735", if_match='"7"').status == 412
    assert put(gateway, "601-20-7735", BOB, if_match="*").status == 412
    assert verify(gateway, "512-73-8046", consent("c1"), BOB).status == 404
    assert counts().items() - counted.items() == {("QUOTA#verify#client-under-test", "1")}


def test_a_consent_that_was_used_costs_nothing_of_a_customers_day(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    statuses = [verify(gateway, "512-73-8046", consent("c1")).status for _ in range(GUESSES.limit + 2)]
    assert statuses == [200] + [409] * (GUESSES.limit + 1)
    gateway.client_id = "another-client"
    assert verify(gateway, "512-73-8046", consent("c2")).status == 200


def test_comparisons_by_storing_count_as_guesses_of_all_clients(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    spend(GUESSES, ADA, left=3)
    asked = ["512-73-8046", "512-73-8047", "512-73-8048", "512-73-8046"]
    statuses = []
    for at, ssn in enumerate(asked):
        gateway.client_id = f"client-{at}"
        statuses.append(put(gateway, ssn).status)
    assert statuses == [200, 428, 428, 429]
    assert verify(gateway, "512-73-8046", consent("c1")).status == 429
    assert acts(gateway) == ["store done", "store match", "store no_match", "store no_match"]


def counts() -> dict[str, str]:
    """What is counted, by quota and subject."""
    items = stored("TABLE_NAME")["TABLE_NAME"]
    return {item["pk"]["S"]: item["used"]["N"] for item in items if item["pk"]["S"].startswith("QUOTA#")}


def test_the_guesses_of_all_clients_count_for_one_customer(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    statuses = []
    for at in range(GUESSES.limit + 1):
        gateway.client_id = f"client-{at}"
        statuses.append(verify(gateway, f"512-73-80{at:02}", consent(f"c{at}")).status)
    assert statuses == [200] * GUESSES.limit + [429]


def test_misses_of_lookups_count(gateway: Gateway) -> None:
    spend(LOOKUPS, "client-under-test", left=1)
    assert [lookup(gateway, "512-73-8046").status for _ in range(2)] == [404, 429]


def test_a_request_that_does_not_fit_the_model_does_not_count(gateway: Gateway) -> None:
    for _ in range(3):
        lookup(gateway, "666-73-8046")
        reveal(gateway, purpose="curiosity")
    assert stored("TABLE_NAME")["TABLE_NAME"] == []


@pytest.mark.parametrize("error", ["AccessDeniedException", "InternalServerError"])
def test_what_cannot_be_counted_is_not_answered(error: str) -> None:
    with pytest.raises(DependencyUnavailable) as raised:
        Quotas(refusing(error), "table").take(LOOKUPS, "client")
    assert raised.value.headers["Retry-After"]


def test_a_window_ends_and_with_it_what_was_counted(gateway: Gateway) -> None:
    del gateway
    times = [AT]
    table = client_of("dynamodb").list_tables()["TableNames"]
    client = cast("DynamoDB", BotocoreCalls(client_of("dynamodb")))
    quotas = Quotas(client, next(name for name in table if name.endswith("-Table")), lambda: times[0])
    quota = Quota("try", 2, timedelta(hours=1))
    quotas.take(quota, "client")
    quotas.take(quota, "client")
    with pytest.raises(QuotaExceeded) as raised:
        quotas.take(quota, "client")
    assert raised.value.headers["Retry-After"] == "30"
    quotas.take(quota, "another")
    times[0] += timedelta(seconds=30)
    quotas.take(quota, "client")
    windows = [item for item in stored("TABLE_NAME")["TABLE_NAME"] if item["pk"]["S"] == "QUOTA#try#client"]
    assert [item["sk"]["S"] for item in windows] == ["2026-11-24T13:00:00.000Z", "2026-11-24T14:00:00.000Z"]
    ends = datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert int(windows[0]["expires_at"]["N"]) == int((ends + quota.window).timestamp())
