"""One deadline for a whole request: what is left of the function's time, less what an answer needs to get out."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from functions.shared.problems import RETRY_SOON, DependencyUnavailable

# For an answer to leave the function before Lambda ends it.
RESERVE_SECONDS = 0.5
# Where nobody says how long a function may run.
DEFAULT_SECONDS = 9.0

_ends_at: ContextVar[float] = ContextVar("ends_at")


@contextmanager
def within(context: object) -> Iterator[None]:
    """Serve a request.

    Args:
        context: Lambda's, which knows the milliseconds that are left; anything else gets `DEFAULT_SECONDS`.
    """
    left = getattr(context, "get_remaining_time_in_millis", None)
    seconds = DEFAULT_SECONDS if left is None else left() / 1000 - RESERVE_SECONDS
    before = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(before)


def remaining() -> float:
    """Seconds that the request has left; without a request, as long as anybody wants."""
    return _ends_at.get(float("inf")) - time.monotonic()


def require(seconds: float) -> None:
    """Go on only if there is that much time.

    Raises:
        DependencyUnavailable: there is not; what was waited for so far took the rest.
    """
    if remaining() < seconds:
        raise DependencyUnavailable("What this service depends on took too long.", headers=RETRY_SOON)
