"""The Customer Service on moto, events in and responses out, beside a simple model of what a client may expect."""

import sys
import time
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from functions.customer.app import handler
from functions.customer.listings import email_key
from functions.customer.store import get_store
from functions.shared.aws.client import Attempting
from tests.support.customers import CREATE, LIST, deployed_service, erased, events, history, moved, patched, read
from tests.support.dynamodb import Table
from tests.support.faults import Faulty
from tests.support.gateway import Answer, Gateway
from tests.support.problems import code

MOVES: dict[str, set[str]] = {"active": {"suspended", "closed"}, "suspended": {"active", "closed"}, "closed": set()}

NAMES = st.sampled_from(["Smith", "SMITH", "smithson", "Jones", "Zo\u00eb", "ZOE\u0308"])
EMAILS = st.sampled_from(["a@example.com", "A@example.com", "b@example.com", "c@example.com", "d@example.com"])
PHONES = st.sampled_from(["+14155550123", "+14155550124"])
DETAILS = st.fixed_dictionaries(
    {"given_name": NAMES, "email": EMAILS}, optional={"family_name": NAMES, "phone": PHONES}
)
PATCHES = st.fixed_dictionaries(
    {}, optional={"family_name": st.none() | NAMES, "phone": st.none() | PHONES, "email": EMAILS}
)
STATUSES = st.sampled_from([*MOVES])
# Without shrinking, which takes minutes where something fails.
SETTINGS = settings(max_examples=25, stateful_step_count=50, deadline=None, phases=[Phase.explicit, Phase.generate])
# What becomes of the attempts of the next write: at most two fail, so that the third shows what is true.
OUTCOMES = st.lists(st.sampled_from(["before", "after"]), max_size=2)


@dataclass
class Known:
    """What the model knows of a customer: as it was answered last, and how it came to be so."""

    now: dict[str, Any]
    types: list[str] = field(default_factory=lambda: ["created"])
    erased: bool = False


class Customers(RuleBasedStateMachine):
    """Clients that create, change, erase and list, while replies are lost and others write."""

    customers = Bundle("customers")
    table: Table
    faults = writes = 0

    @initialize()
    def begin(self) -> None:
        """An empty table."""
        self.table.empty()
        self.port = Faulty(boto3.client("dynamodb"), {})
        get_store()._client = Attempting(self.port)  # noqa: SLF001 - its port
        self.gateway = Gateway(handler)
        self.known: dict[str, Known] = {}
        self.answers: dict[str, tuple[dict[str, Any], Answer]] = {}

    @rule(target=customers, details=DETAILS, key=st.none() | st.sampled_from("xyz"), outcomes=OUTCOMES)
    def create(self, details: dict[str, Any], key: str | None, outcomes: list[Any]) -> Any:
        """Create, now and then with an Idempotency-Key that may have been used."""
        answer = self._send(outcomes, CREATE, details, {} if key is None else {"Idempotency-Key": key})
        if key in self.answers:
            self._expect_replay(answer, details, key)
        elif email_key(details["email"]) in self._addresses():
            assert code(answer) == (409, "email_taken")
        else:
            assert answer.status == 201, answer.text
            self.known[answer.json["id"]] = Known(answer.json)
            assert {name: answer.json[name] for name in details} == {name: nfc(v) for name, v in details.items()}
            if key is not None:
                self.answers[key] = (details, answer)
            return answer.json["id"]
        return multiple()

    def _expect_replay(self, answer: Answer, details: dict[str, Any], key: str) -> None:
        sent, first = self.answers[key]
        if sent != details:
            assert code(answer) == (422, "idempotency_key_reused")
        elif self.known[first.json["id"]].erased:
            assert code(answer) == (410, "answer_erased")
        else:
            assert (answer.status, answer.text, answer.headers["idempotency-replayed"]) == (201, first.text, "true")

    @rule(customer_id=customers, patch=PATCHES, stale=st.booleans(), outcomes=OUTCOMES)
    def patch(self, customer_id: str, patch: dict[str, Any], stale: bool, outcomes: list[Any]) -> None:  # noqa: FBT001
        """Patch the version that is known, or the one before it."""
        known = self.known[customer_id]
        merged = {**known.now, **{name: nfc(value) for name, value in patch.items()}}
        self.port.plan("transact_write_items", *outcomes)
        answer = patched(self.gateway, self._version(known, stale=stale), patch)
        if self._refused(known, answer, stale=stale):
            return
        others = self._addresses() - {email_key(known.now["email"])}
        if email_key(merged["email"]) in others:
            assert code(answer) == (409, "email_taken")
        elif merged == known.now:
            assert (answer.status, answer.json) == (200, known.now)
        else:
            self._changed(known, answer, merged, "changed")

    @rule(customer_id=customers, status=STATUSES, stale=st.booleans(), outcomes=OUTCOMES)
    def move(self, customer_id: str, status: str, stale: bool, outcomes: list[Any]) -> None:  # noqa: FBT001
        """Move the status."""
        known = self.known[customer_id]
        self.port.plan("transact_write_items", *outcomes)
        answer = moved(self.gateway, self._version(known, stale=stale), status)
        if self._refused(known, answer, stale=stale):
            return
        if status not in MOVES[known.now["status"]]:
            assert code(answer) == (409, "illegal_status_move")
        else:
            self._changed(known, answer, {**known.now, "status": status}, "status_changed")

    @rule(customer_id=customers, patch=PATCHES, status=STATUSES, erase=st.booleans())
    def overtake(self, customer_id: str, patch: dict[str, Any], status: str, erase: bool) -> None:  # noqa: FBT001
        """Move the status and lose the reply; somebody else changes or erases the customer before the next attempt."""
        known = self.known[customer_id]
        if known.erased or status not in MOVES[known.now["status"]] or "email" in patch:
            return
        first: dict[str, Any] = {}

        def meanwhile() -> None:
            first.update(read(self.gateway, customer_id).json)
            second = erased(self.gateway, first) if erase else patched(self.gateway, first, patch)
            assert second.status in {200, 202}

        self._port(Faulty(boto3.client("dynamodb"), {"transact_write_items": ["after"]}, meanwhile))
        answer = moved(self.gateway, known.now, status)
        self._port(Faulty(boto3.client("dynamodb"), {}))
        self._changed(known, answer, {**known.now, "status": status}, "status_changed")
        assert answer.json == first
        if erase:
            known.erased = True
        elif (after := read(self.gateway, customer_id).json) != known.now:
            known.now = after
            known.types.append("changed")

    @rule(customer_id=customers, stale=st.booleans(), outcomes=OUTCOMES)
    def erase(self, customer_id: str, stale: bool, outcomes: list[Any]) -> None:  # noqa: FBT001
        """Erase."""
        known = self.known[customer_id]
        self.port.plan("transact_write_items", *outcomes)
        answer = erased(self.gateway, self._version(known, stale=stale))
        if not self._refused(known, answer, stale=stale):
            assert answer.status == 202
            known.erased = True

    @rule(customer_id=customers)
    def look(self, customer_id: str) -> None:
        """Read it and its history."""
        known = self.known[customer_id]
        if known.erased:
            assert code(read(self.gateway, customer_id)) == (410, "customer_erased")
            assert code(history(self.gateway, customer_id)) == (410, "customer_erased")
        else:
            assert read(self.gateway, customer_id).json == known.now
            changes = history(self.gateway, customer_id, limit=100).json["items"]
            assert [change["type"] for change in reversed(changes)] == known.types
            assert [change["version"] for change in changes] == list(range(len(changes), 0, -1))

    @rule(
        filters=st.fixed_dictionaries({}, optional={"status": STATUSES})
        | st.one_of(
            st.fixed_dictionaries({"family_name": st.sampled_from(["s", "SMITH", "smiths", "zoe\u0308", "J"])}),
            st.fixed_dictionaries({"phone": PHONES}),
            st.fixed_dictionaries({"email": EMAILS}),
        ),
        limit=st.integers(1, 4),
    )
    def list_pages(self, filters: dict[str, str], limit: int) -> None:
        """List with a filter, page by page."""
        found: list[Any] = []
        query: dict[str, Any] = {"limit": limit, **filters}
        while True:
            answer = self.gateway.call(LIST, query=query)
            assert answer.status == 200, answer.text
            assert len(answer.json["items"]) <= limit
            found += answer.json["items"]
            if answer.json["next_cursor"] is None:
                break
            query["cursor"] = answer.json["next_cursor"]
        assert found == self._listed(filters)

    @rule(customer_id=customers, limit=st.integers(1, 3), newest=st.booleans())
    def list_around(self, customer_id: str, limit: int, newest: bool) -> None:  # noqa: FBT001
        """List what was created before or after a customer."""
        at = self.known[customer_id].now["created_at"]
        answer = self.gateway.call(LIST, query={"limit": limit, "created_after" if newest else "created_before": at})
        expected = [one for one in self._listed({}) if (one["created_at"] > at if newest else one["created_at"] < at)]
        assert answer.json["items"] == expected[:limit]

    @invariant()
    def no_write_is_lost_or_doubled(self) -> None:
        """Each change that was answered left one entry, each erasure one event, each customer alive one address."""
        items = self.table.items()
        entries = sorted(item["pk"]["S"][4:] for item in items if item["sk"]["S"].startswith("EVENT#"))
        expected = sorted(i for i, known in self.known.items() for _ in range(len(known.types) + known.erased))
        addresses = sorted(item["id"]["S"] for item in items if item["sk"]["S"] == "EMAIL")
        assert entries == expected
        assert addresses == sorted(i for i, known in self.known.items() if not known.erased)
        assert sorted(event.subject for event in events()) == sorted(
            i for i, known in self.known.items() if known.erased
        )

    def teardown(self) -> None:
        """Count."""
        type(self).faults += self.port.faults
        type(self).writes += sum(len(known.types) + known.erased for known in self.known.values())

    def _port(self, port: Faulty) -> None:
        type(self).faults += self.port.faults
        self.port = port
        get_store()._client = Attempting(port)  # noqa: SLF001 - its port

    def _send(self, outcomes: list[Any], route_key: str, body: Any, headers: dict[str, str]) -> Answer:
        self.port.plan("transact_write_items", *outcomes)
        return self.gateway.call(route_key, body=body, headers=headers)

    def _version(self, known: Known, *, stale: bool) -> dict[str, Any]:
        return {"id": known.now["id"], "version": known.now["version"] - stale}

    def _refused(self, known: Known, answer: Answer, *, stale: bool) -> bool:
        if known.erased:
            assert code(answer) == (410, "customer_erased")
        elif stale:
            assert code(answer) == (412, "precondition_failed")
        return known.erased or stale

    def _changed(self, known: Known, answer: Answer, merged: dict[str, Any], kind: str) -> None:
        assert answer.status == 200, answer.text
        told = {"version": known.now["version"] + 1, "updated_at": answer.json["updated_at"]}
        assert answer.json == {**merged, **told}
        assert told["updated_at"] >= known.now["updated_at"]
        known.now = answer.json
        known.types.append(kind)

    def _alive(self) -> list[dict[str, Any]]:
        return [known.now for known in self.known.values() if not known.erased]

    def _addresses(self) -> set[str]:
        return {email_key(one["email"]) for one in self._alive()}

    def _listed(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        newest_first = sorted(self._alive(), key=lambda one: str(one["id"]), reverse=True)
        match filters:
            case {"family_name": prefix}:
                named = [one for one in self._alive() if folded(one["family_name"] or "").startswith(folded(prefix))]
                return sorted(named, key=lambda one: (folded(one["family_name"]), one["id"]))
            case {"email": email}:
                return [one for one in newest_first if email_key(one["email"]) == email_key(email)]
        return [one for one in newest_first if all(one[name] == value for name, value in filters.items())]


def test_the_service_does_what_a_simple_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with deployed_service() as table:
        Customers.table = table
        run_state_machine_as_test(Customers, settings=SETTINGS)
    # `pytest -rP` shows it.
    sys.stdout.write(f"{Customers.writes} writes, {Customers.faults} faults: 0 writes lost, 0 doubled\n")
    assert Customers.faults > 100


def nfc(text: str | None) -> str | None:
    """A text as it is stored."""
    return None if text is None else unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """A text without regard to case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
