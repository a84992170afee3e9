"""Asks services a question through the gateway: in parallel, within a deadline, each at most once in some seconds.

Those that are silent must not make others so: who answered last time is asked first, and who was silent comes last.
Each call has workers of its own, and a service that still holds one of an earlier call is not asked again, so that no
more threads are held than there are services.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

import urllib3

AT_ONCE = 64
KEPT_SECONDS = 5.0
TIMEOUT_SECONDS = 2.0
DEADLINE_SECONDS = 3.0
MAX_BYTES = 1024 * 1024

# The order in which services are asked, by what came of it last time.
ANSWERED, NOT_ASKED, SILENT = range(3)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Reply:
    """What a service answered; of a body over `MAX_BYTES`, one byte more than that."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Question(Generic[Answer]):
    """What services are asked.

    Attributes:
        path: below the gateway's base URL, to which a service's name is added.
        read: makes an answer of a reply.
        silence: stands for an answer where none has come.
    """

    path: str
    read: Callable[[Reply], Answer]
    silence: Answer


class Asking(Generic[Answer]):
    """Asks services behind one gateway, each at most once in `KEPT_SECONDS`: anybody may ask the registry."""

    def __init__(
        self, question: Question[Answer], gateway_url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask through `gateway_url`, the base URL of the gateway; `clock` tells seconds."""
        self._question = question
        self._url = gateway_url.rstrip("/") + question.path
        self._clock = clock
        self._kept: dict[str, tuple[float, Answer]] = {}
        self._last: dict[str, int] = {}
        self._asked: dict[str, Future[Answer]] = {}
        self._http = urllib3.PoolManager(maxsize=AT_ONCE)

    def answers(self, names: Iterable[str], headers: Mapping[str, str]) -> dict[str, Answer]:
        """Each service's answer by name, asked with these headers; who has not answered at the deadline is silent."""
        answers: dict[str, Answer] = {}
        ahead: list[str] = []
        for name in names:
            asked_at, answers[name] = self._kept.get(name, (float("-inf"), self._question.silence))
            if self._clock() - asked_at >= KEPT_SECONDS:
                answers[name] = self._question.silence
                if name not in self._asked or self._asked[name].done():
                    ahead.append(name)
        for name, answer in self._answers(sorted(ahead, key=self._order), headers):
            answers[name] = answer
            self._kept[name] = (self._clock(), answer)
        return answers

    def _answers(self, names: list[str], headers: Mapping[str, str]) -> Iterator[tuple[str, Answer]]:
        """The answers of those that could be asked before the deadline, in this order."""
        workers = ThreadPoolExecutor(max_workers=AT_ONCE)
        asked = {name: workers.submit(self._ask, name, headers) for name in names}
        wait(asked.values(), timeout=DEADLINE_SECONDS)
        workers.shutdown(wait=False, cancel_futures=True)
        for name, future in asked.items():
            if future.cancelled():
                self._last[name] = NOT_ASKED
                continue
            self._asked[name] = future
            answer = future.result() if future.done() else self._question.silence
            self._last[name] = SILENT if answer is self._question.silence else ANSWERED
            yield name, answer

    def _order(self, name: str) -> int:
        return self._last.get(name, NOT_ASKED)

    def _ask(self, name: str, headers: Mapping[str, str]) -> Answer:
        try:
            url = self._url + quote(name, safe="")
            reply = self._http.request(
                "GET",
                url,
                headers=dict(headers),
                # Said with each request: urllib3 1.26, which a runtime may have, does not heed it of a pool.
                retries=False,
                redirect=False,
                timeout=TIMEOUT_SECONDS,
                preload_content=False,
                # Nobody asked for a compressed answer, which may be a thousand times larger than it looks.
                decode_content=False,
            )
            body = reply.read(MAX_BYTES + 1)
        except urllib3.exceptions.HTTPError:
            return self._question.silence
        # Only a connection with nothing left to read is used again.
        (reply.release_conn if len(body) <= MAX_BYTES else reply.close)()
        return self._question.read(Reply(reply.status, body))
