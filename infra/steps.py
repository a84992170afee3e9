"""Says what a long command has done."""

import sys
import time
from collections.abc import Callable


def step(name: str, work: Callable[[], str]) -> None:
    """Do a piece of work and say what came of it and how long it took."""
    started = time.monotonic()
    outcome = work()
    print(f"  {name:<20} {outcome} ({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)
