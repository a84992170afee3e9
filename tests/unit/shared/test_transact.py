"""Transactions that meet others on the same items."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.shared.aws import is_transient, transact


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code} for code in codes]
    error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")


class Table:
    """Raises what it is given, one at each call, then succeeds."""

    def __init__(self, *failures: ClientError) -> None:
        self.failures = list(failures)
        self.calls: list[Any] = []

    def __call__(self, **request: Any) -> dict[str, Any]:
        """One call."""
        self.calls.append(request)
        if self.failures:
            raise self.failures.pop(0)
        return {"done": True}


@pytest.mark.parametrize("met", [0, 1, 2])
def test_a_transaction_that_meets_others_is_made_again(met: int) -> None:
    table = Table(*[cancelled("None", "TransactionConflict")] * met)
    assert transact(table, [{"Put": 1}]) == {"done": True}
    assert table.calls == [{"TransactItems": [{"Put": 1}]}] * (met + 1)


def test_after_three_times_it_is_the_caller_s_to_come_back() -> None:
    conflict = cancelled("TransactionConflict", "ConditionalCheckFailed")
    table = Table(*[conflict] * 3)
    with pytest.raises(ClientError) as met:
        transact(table, [])
    assert len(table.calls) == 3
    assert is_transient(met.value)


def test_a_condition_that_does_not_hold_is_not_tried_again() -> None:
    table = Table(cancelled("ConditionalCheckFailed"))
    with pytest.raises(ClientError) as refused:
        transact(table, [])
    assert len(table.calls) == 1
    assert not is_transient(refused.value)
