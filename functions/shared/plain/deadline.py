"""The deadline of a request: the remaining time of the function, minus the time to send the response."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from functions.shared.plain.problems import RETRY_SOON, DependencyUnavailable

# Time to send the response before Lambda stops the function.
RESERVE_SECONDS = 0.5
# Without a Lambda context.
DEFAULT_SECONDS = 9.0

_ends_at: ContextVar[float] = ContextVar("ends_at")


@contextmanager
def within(context: object) -> Iterator[None]:
    """Set the deadline of a request.

    Args:
        context: of Lambda, with the remaining milliseconds. Other objects have `DEFAULT_SECONDS`.
    """
    left = getattr(context, "get_remaining_time_in_millis", None)
    seconds = DEFAULT_SECONDS if left is None else left() / 1000 - RESERVE_SECONDS
    before = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(before)


def remaining() -> float:
    """Return the remaining seconds of the request; infinity outside a request."""
    return _ends_at.get(float("inf")) - time.monotonic()


def require(seconds: float) -> None:
    """Require that the request has this many seconds left.

    Raises:
        DependencyUnavailable: less time is left.
    """
    if remaining() < seconds:
        raise DependencyUnavailable(
            "DynamoDB or KMS took too long. Wait one second and send the request again.", headers=RETRY_SOON
        )
