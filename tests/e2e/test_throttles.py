"""The stage's throttles, on a public route that no customer waits for: they count each route by itself."""

from collections.abc import Iterator
from itertools import repeat

import httpx
import pytest

from tests.e2e.api import Api, at_once

THREADS = 32
# The template allows bursts of 400 requests, and 200 a second.
REQUESTS_OF_A_THREAD = 100


@pytest.mark.needs("throttles")
def test_a_burst_is_throttled(api: Api) -> None:
    answers = at_once(THREADS, lambda _: last_of(burst(api)))
    throttled = [answer for answer in answers if answer.status_code == 429]
    assert throttled
    assert throttled[0].json()["message"]


def burst(api: Api) -> Iterator[httpx.Response]:
    """Answers, until one says that there were too many."""
    for path in repeat("/services/nope", REQUESTS_OF_A_THREAD):
        answer = api.call("GET", path, scopes=None)
        yield answer
        if answer.status_code == 429:
            break


def last_of(answers: Iterator[httpx.Response]) -> httpx.Response:
    """The last of some answers."""
    *_, last = answers
    return last
