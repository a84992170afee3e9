"""Calls that are made again, and the deadline that ends them."""

import time
from contextlib import suppress
from typing import Any

import pytest

from functions.shared.aws.client import ATTEMPTS, PAUSE_SECONDS, Attempting, attempt
from functions.shared.aws.errors import CallRefused, CallUnanswered, Reason
from functions.shared.aws.transport.calls import CONNECT_SECONDS, READ_SECONDS
from functions.shared.plain import deadline
from functions.shared.plain.problems import DependencyUnavailable
from tests.support.greeter import aws

TIMEOUT = CallUnanswered("ReadTimeoutError", maybe_received=True)


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        """Begin."""
        self.seconds = 1000.0

    def monotonic(self) -> float:
        """The time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.seconds += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that everybody reads."""
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found.monotonic)
    monkeypatch.setattr(time, "sleep", found.sleep)
    return found


class Operation:
    """Takes time and raises what it is given, one at each call, then succeeds."""

    def __init__(self, clock: Clock, *failures: Exception, seconds: float = 0) -> None:
        self.clock = clock
        self.failures = list(failures)
        self.seconds = seconds
        self.calls: list[Any] = []

    def __call__(self, **request: Any) -> dict[str, Any]:
        """One call."""
        self.calls.append(request)
        self.clock.sleep(self.seconds)
        if self.failures:
            raise self.failures.pop(0)
        return {"done": True}


class Invocation:
    """What Lambda tells of an invocation."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """What is left."""
        return int(self._seconds * 1000)


def conflict() -> CallRefused:
    reasons = (Reason("None", {}), Reason("TransactionConflict", {}))
    return CallRefused("TransactionCanceledException", 400, reasons=reasons)


@pytest.mark.parametrize("failure", [TIMEOUT, aws("ThrottlingException"), aws("InternalServerError", 500), conflict()])
@pytest.mark.parametrize("times", range(ATTEMPTS))
def test_what_passes_by_itself_is_tried_again(clock: Clock, failure: Exception, times: int) -> None:
    operation = Operation(clock, *[failure] * times)
    assert attempt(operation, Key="k") == {"done": True}
    assert operation.calls == [{"Key": "k"}] * (times + 1)


def test_after_three_attempts_it_is_the_caller_s_to_come_back(clock: Clock) -> None:
    operation = Operation(clock, *[TIMEOUT] * 3)
    with pytest.raises(CallUnanswered):
        attempt(operation)
    assert len(operation.calls) == 3


def test_a_refusal_is_not_tried_again(clock: Clock) -> None:
    operation = Operation(clock, aws("AccessDeniedException"))
    with pytest.raises(CallRefused):
        attempt(operation)
    assert len(operation.calls) == 1


def test_between_attempts_there_is_a_short_pause(clock: Clock) -> None:
    attempt(Operation(clock, TIMEOUT, TIMEOUT))
    assert 0 < clock.seconds - 1000 <= 3 * PAUSE_SECONDS


def test_every_operation_of_a_client_is_attempted(clock: Clock) -> None:
    class Client:
        get_item = Operation(clock, TIMEOUT)

    assert Attempting(Client()).get_item(Key="k") == {"done": True}
    assert len(Client.get_item.calls) == 2


@pytest.mark.parametrize("timeout", [5.0, 10.0, 29.0])
def test_a_request_that_waits_for_the_dead_ends_before_lambda_ends_it(clock: Clock, timeout: float) -> None:
    started = clock.seconds
    dead = Operation(clock, *[TIMEOUT] * 1000, seconds=CONNECT_SECONDS + READ_SECONDS)

    def go_on_whatever_calls_say() -> None:
        while True:
            with suppress(CallUnanswered):
                attempt(dead)

    with deadline.within(Invocation(timeout)), pytest.raises(DependencyUnavailable) as ended:
        go_on_whatever_calls_say()
    assert clock.seconds - started <= timeout - deadline.RESERVE_SECONDS
    assert ended.value.headers == {"Retry-After": "1"}


def test_the_deadline_leaves_time_for_at_least_one_attempt_of_every_function(clock: Clock) -> None:
    with deadline.within(None):
        assert attempt(Operation(clock)) == {"done": True}
        assert deadline.remaining() == deadline.DEFAULT_SECONDS
    assert deadline.remaining() > 10**9
