"""The vault beside a model of a few lines: whatever is done in whatever order, both say the same."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.integration.ssn.vault import acts, consent, erase, get, lookup, put, restore, reveal, stored, verify
from tests.support.gateway import Gateway

CUSTOMERS = [f"cus_01JD8Z4Q7X9V5T3R1N0M2K4H0{at}" for at in range(3)]
NUMBERS = ["512738046", "601207735", "733419052"]
customers, numbers = st.sampled_from(CUSTOMERS), st.sampled_from(NUMBERS)


class Model(RuleBasedStateMachine):
    """Numbers by customer; None for an erased one. The audit by customer."""

    service: Gateway

    @initialize()
    def start(self) -> None:
        """Nothing is stored; each run has a client of its own, so that quotas do not end it."""
        restore({name: [] for name in stored()})
        self.numbers: dict[str, str | None] = {}
        self.acts: dict[str, list[str]] = {}
        self.asked = 0

    def did(self, customer_id: str, act: str) -> None:
        """Note an act."""
        self.acts.setdefault(customer_id, []).append(act)

    def compared(self, customer_id: str) -> int:
        """How often the customer's number was compared."""
        return sum(act.endswith("match") for act in self.acts.get(customer_id, []))

    def client(self) -> str:
        """A client that asked nothing yet."""
        self.asked += 1
        self.service.client_id = f"client-{self.asked}"
        return self.service.client_id

    @rule(customer_id=customers, ssn=numbers, replace=st.booleans())
    def put(self, customer_id: str, ssn: str, *, replace: bool) -> None:
        """Store or replace."""
        self.client()
        if not replace and self.numbers.get(customer_id) and self.compared(customer_id) >= 5:
            return
        answer = put(self.service, ssn, customer_id, "*" if replace else None)
        if answer.status == 429 and not replace:  # Verifications of another number count as well.
            return
        taken = any(number == ssn and other != customer_id for other, number in self.numbers.items())
        wanted: int
        if customer_id in self.numbers and self.numbers[customer_id] is None:
            wanted = 410
        elif replace and customer_id not in self.numbers:
            wanted = 412
        elif not replace and customer_id in self.numbers:
            match = self.numbers[customer_id] == ssn
            wanted = 200 if match else 428
            self.did(customer_id, "store match" if match else "store no_match")
        elif taken:
            wanted = 409
            self.did(customer_id, f"{'replace' if replace else 'store'} conflict")
        else:
            wanted = 200 if replace else 201
            self.numbers[customer_id] = ssn
            self.did(customer_id, f"{'replace' if replace else 'store'} done")
        assert answer.status == wanted

    @rule(customer_id=customers)
    def erase(self, customer_id: str) -> None:
        """Erase."""
        assert erase(self.service, customer_id).status == self.expected(customer_id, 204)
        if self.numbers.get(customer_id):
            self.numbers[customer_id] = None
            self.did(customer_id, "erase done")

    @rule(customer_id=customers)
    def reveal(self, customer_id: str) -> None:
        """Reveal."""
        self.client()
        answer = reveal(self.service, customer_id)
        assert answer.status == self.expected(customer_id, 200)
        if answer.status == 200:
            assert answer.json["ssn"].replace("-", "") == self.numbers[customer_id]
            self.did(customer_id, "reveal done")

    @rule(customer_id=customers, ssn=numbers)
    def verify(self, customer_id: str, ssn: str) -> None:
        """Verify, at most as often as one customer may be asked about."""
        if self.compared(customer_id) >= 5:
            return
        client = self.client()
        answer = verify(self.service, ssn, consent(client), customer_id)
        if answer.status == 429:  # The misses at what is not stored count as well.
            return
        assert answer.status == self.expected(customer_id, 200)
        if answer.status == 200:
            match = self.numbers[customer_id] == ssn
            assert answer.json == {"match": match}
            self.did(customer_id, "verify match" if match else "verify no_match")

    @rule(ssn=numbers)
    def lookup(self, ssn: str) -> None:
        """Look up."""
        self.client()
        answer = lookup(self.service, ssn)
        owners: list[Any] = [customer_id for customer_id, number in self.numbers.items() if number == ssn]
        assert (answer.status, [answer.json.get("customer_id")]) == ((200, owners) if owners else (404, [None]))
        for owner in owners:
            self.did(owner, "lookup done")

    @invariant()
    def both_say_the_same(self) -> None:
        """Masked numbers and audits are the model's."""
        for customer_id in CUSTOMERS:
            answer = get(self.service, customer_id)
            assert answer.status == self.expected(customer_id, 200)
            if answer.status == 200:
                assert answer.json["masked"][-4:] == (self.numbers[customer_id] or "")[-4:]
            if customer_id in self.acts:
                assert acts(self.service, customer_id) == self.acts[customer_id]

    def expected(self, customer_id: str, well: int) -> int:
        """The status of what needs a number."""
        if customer_id not in self.numbers:
            return 404
        return well if self.numbers[customer_id] else 410


def test_whatever_is_done_the_vault_says_what_the_model_says(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "service", gateway, raising=False)
    run_state_machine_as_test(Model, settings=settings(max_examples=12, stateful_step_count=12, deadline=None))
