"""Calls the API as a client does, and reads its answers."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier
from typing import Any, Self
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import httpx

from tests.e2e.target import Target, Tokens

EVERY_SCOPE = "customers/erase customers/read customers/write"
UNKNOWN_ID = "cus_00000000000000000000000000"
CUSTOMERS = "/v1/customers"


@dataclass
class Api:
    """One client of the system; remembers the customers it creates, and erases them at the end."""

    http: httpx.Client
    tokens: Tokens
    _created: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, target: Target, token_source: str | None) -> Self:
        """A client of `target` with the tokens of `token_source`; any answer that admits a defect is an error."""
        http = httpx.Client(base_url=target.url, timeout=20, trust_env=False, http1=True, http2=False)
        api = cls(http, Tokens(token_source))
        http.event_hooks = {"response": [refuse_defects, api._remember]}
        return api

    def call(
        self,
        method: str,
        url: str,
        *,
        scopes: str | None = EVERY_SCOPE,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Send one request.

        Args:
            method: HTTP method.
            url: a path below the base URL, or a whole URL.
            scopes: what the token allows; None to send no token.
            headers: more headers.
            more: httpx's own arguments, such as json, content and params.
        """
        bearer = {} if scopes is None else self.tokens.headers(scopes)
        return self.http.request(method, url, headers={**bearer, **(headers or {})}, **more)

    def create(self, **details: Any) -> httpx.Response:
        """Create a customer with an address of its own, and return the answer."""
        answer = self.call("POST", CUSTOMERS, json={"given_name": "Ada", "email": unique_email(), **details})
        expect(answer, 201)
        return answer

    def patch(self, url: str, etag: str, **changes: Any) -> httpx.Response:
        """Change the customer at `url`, held to the version `etag`."""
        return self.call("PATCH", url, headers={"If-Match": etag}, json=changes)

    def erase_created(self) -> None:
        """Erase every customer that this client created."""
        for url in self._created:
            # A conflict with a change that is still under way passes by itself.
            answer = retried(partial(self.call, "DELETE", url, headers={"If-Match": "*"}))
            if answer.status_code not in {204, 410}:
                raise AssertionError(f"a customer of this run is left over: {describe(answer)}")

    def _remember(self, answer: httpx.Response) -> None:
        created = answer.request.method == "POST" and answer.status_code == 201
        if created and answer.request.url.path.endswith(CUSTOMERS):
            self._created.append(location(answer))


def unique_email() -> str:
    """An address that no other customer has."""
    return f"e2e-{uuid4().hex}@example.com"


def location(answer: httpx.Response) -> str:
    """The URL that an answer's Location means."""
    return urljoin(str(answer.request.url), answer.headers["Location"])


def next_page(answer: httpx.Response) -> str | None:
    """The URL that an answer's Link to the next page means."""
    link = answer.links.get("next")
    return None if link is None else urljoin(str(answer.request.url), link["url"])


def refuse_defects(answer: httpx.Response) -> None:
    """Whatever is asked, no answer is a 5xx, save a 503 that says when to come back."""
    if answer.status_code >= 500 and not (answer.status_code == 503 and "Retry-After" in answer.headers):
        answer.read()
        raise AssertionError(f"a defect: {describe(answer)}")


def expect(answer: httpx.Response, status: int) -> None:
    """Fail, showing the answer, if its status is another."""
    if answer.status_code != status:
        raise AssertionError(f"expected {status}: {describe(answer)}")


def describe(answer: httpx.Response) -> str:
    """An answer in a line."""
    return f"{answer.request.method} {answer.request.url.path} → {answer.status_code} {answer.text[:500]}"


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer (RFC 9457); fails unless it is complete and says this."""
    expect(answer, status)
    assert answer.headers["Content-Type"] == "application/problem+json", describe(answer)
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, describe(answer)
    assert document["status"] == status, describe(answer)
    assert document["type"].endswith(f"/docs/problems#{code}"), describe(answer)
    assert urlsplit(document["type"]).netloc, describe(answer)
    assert document["title"], describe(answer)
    assert document["request_id"] == answer.headers["Dossier-Request-Id"], describe(answer)
    return document


def at_once(times: int, call: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """Make `times` calls at the same moment; `call` gets the number of each."""
    start = Barrier(times, timeout=20)

    def started(number: int) -> httpx.Response:
        start.wait()
        return call(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(started, range(times)))


def retried(call: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer to a call that is made again, at most 20 times, while it is 503."""
    answer = call()
    for _ in range(20):
        if answer.status_code != 503:
            break
        answer = call()
    return answer


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, such as a registry that no longer serves what it kept for some seconds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
