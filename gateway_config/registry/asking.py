"""Asks services a question through the gateway: in parallel, within a deadline, each at most once in some seconds."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

import urllib3

AT_ONCE = 16
KEPT_SECONDS = 5.0
TIMEOUT_SECONDS = 2.0
DEADLINE_SECONDS = 3.0
MAX_BYTES = 1024 * 1024

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
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, retries=False, timeout=TIMEOUT_SECONDS)
        self._workers = ThreadPoolExecutor(max_workers=AT_ONCE)

    def answers(self, names: Iterable[str], headers: Mapping[str, str]) -> dict[str, Answer]:
        """Each service's answer by name, asked with these headers; who has not answered at the deadline is silent."""
        answers: dict[str, Answer] = {}
        asked: dict[str, Future[Answer]] = {}
        for name in names:
            asked_at, answer = self._kept.get(name, (float("-inf"), self._question.silence))
            if self._clock() - asked_at < KEPT_SECONDS:
                answers[name] = answer
            else:
                asked[name] = self._workers.submit(self._ask, name, headers)
        wait(asked.values(), timeout=DEADLINE_SECONDS)
        for name, future in asked.items():
            answers[name] = future.result() if future.done() else self._question.silence
            self._kept[name] = (self._clock(), answers[name])
        return answers

    def _ask(self, name: str, headers: Mapping[str, str]) -> Answer:
        try:
            url = self._url + quote(name, safe="")
            reply = self._http.request("GET", url, headers=dict(headers), preload_content=False)
            body = reply.read(MAX_BYTES + 1)
        except urllib3.exceptions.HTTPError:
            return self._question.silence
        # Only a connection with nothing left to read is used again.
        (reply.release_conn if len(body) <= MAX_BYTES else reply.close)()
        return self._question.read(Reply(reply.status, body))
