"""AWS on its worse days: a port that stands before a client and fails as planned."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Literal

from functions.shared.aws.boto import BotocoreCalls
from functions.shared.aws.errors import CallRefused, CallUnanswered

# What becomes of a call: it is made; it never arrives; it is made and its reply is lost; it is refused for its rate.
Outcome = Literal["passes", "before", "after", "throttled"]


class Faulty:
    """A client of AWS whose calls fail as planned. `Attempting` in front of it repeats calls.

    Attributes:
        faults: how many there were.
    """

    def __init__(
        self,
        client: object,
        plan: Mapping[str, Iterable[Outcome]],
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Plan the faults.

        Args:
            client: makes the calls.
            plan: for an operation, such as `transact_write_items`, the outcomes of its coming calls; later ones pass.
            meanwhile: done by somebody else whenever a reply is lost.
        """
        self._client = BotocoreCalls(client)
        self._plan = {operation: deque(outcomes) for operation, outcomes in plan.items()}
        self._meanwhile = meanwhile
        self.faults = 0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """The client's operation."""
        return partial(self._call, operation)

    def plan(self, operation: str, *outcomes: Outcome) -> None:
        """Plan the coming calls of an operation anew."""
        self._plan[operation] = deque(outcomes)

    def _call(self, operation: str, **request: Any) -> Any:
        coming = self._plan.get(operation)
        outcome: Outcome = coming.popleft() if coming else "passes"
        if outcome == "throttled":
            self.faults += 1
            raise CallRefused("ThrottlingException", 400)
        if outcome == "before":
            self._fail()
        if outcome == "after":
            # The reply may have been a refusal.
            with suppress(CallRefused):
                getattr(self._client, operation)(**request)
            self._meanwhile()
            self._fail()
        return getattr(self._client, operation)(**request)

    def _fail(self) -> None:
        self.faults += 1
        raise CallUnanswered("ReadTimeoutError", maybe_received=True)
