"""What else a customer can go through: status, history, filters, keys of requests, and writers that meet."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.api import CUSTOMERS, Api, at_once, describe, expect, location, problem, retried, unique_email
from tests.support.bad_customers import MARKER, Bad, bad_requests
from tests.support.customers import CREATE, LIST

WRITERS = 200
# Writers at a time: as many instances of the function as a small machine bears.
ABREAST = 20


def move(api: Api, created: httpx.Response, status: str) -> httpx.Response:
    """Move the status of a customer to which nobody else comes in between."""
    url, body = location(created), {"status": status, "reason": "other"}
    return api.call("POST", f"{url}/status", headers={"If-Match": api.call("GET", url).headers["ETag"]}, json=body)


def test_a_status_moves_until_it_is_closed(api: Api) -> None:
    created = api.create()
    for status in ("suspended", "active", "suspended", "closed"):
        answer = move(api, created, status)
        expect(answer, 200)
        assert answer.json()["status"] == status
    refused = problem(move(api, created, "active"), 409, "illegal_status_move")
    assert refused["detail"] == "The customer is closed. This status is final."


def test_a_history_says_who_changed_which_fields(api: Api) -> None:
    created = api.create()
    url = location(created)
    headers = {"If-Match": created.headers["ETag"], "Dossier-Actor": "clerk-7"}
    expect(api.call("PATCH", url, headers=headers, json={"family_name": "Lovelace"}), 200)
    expect(move(api, created, "suspended"), 200)
    newest = api.call("GET", f"{url}/events", params={"limit": 2})
    moved, changed = newest.json()["items"]
    assert (moved["type"], moved["fields"], moved["reason"]) == ("status_changed", ["status"], "other")
    assert (changed["type"], changed["fields"], changed["caller"]["actor"]) == ("changed", ["family_name"], "clerk-7")
    oldest = api.call("GET", f"{url}/events", params={"limit": 2, "cursor": newest.json()["next_cursor"]}).json()
    assert [change["type"] for change in oldest["items"]] == ["created"]
    assert oldest["next_cursor"] is None
    assert "Lovelace" not in newest.text


def test_a_creation_that_comes_again_with_its_key_gets_its_first_answer(api: Api) -> None:
    body, headers = {"given_name": "Ada", "email": unique_email()}, {"Idempotency-Key": uuid4().hex}
    answers = [api.call("POST", CUSTOMERS, json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other = api.call("POST", CUSTOMERS, json={**body, "given_name": "Eve"}, headers=headers)
    problem(other, 422, "idempotency_key_reused")
    expect(api.call("DELETE", location(answers[0]), headers={"If-Match": "*"}), 202)
    problem(api.call("POST", CUSTOMERS, json=body, headers=headers), 410, "answer_erased")


def test_one_key_sent_many_times_at_once_makes_one_customer(api: Api) -> None:
    body, headers = {"given_name": "Ada", "email": unique_email()}, {"Idempotency-Key": uuid4().hex}
    at_once(8, lambda _: api.call("GET", "/health/customer"))

    def post(_: int) -> httpx.Response:
        answer = api.call("POST", CUSTOMERS, json=body, headers=headers)
        return answer if answer.status_code == 201 else api.call("POST", CUSTOMERS, json=body, headers=headers)

    answers = at_once(8, lambda number: retried(lambda: post(number)))
    assert {answer.status_code for answer in answers} == {201}, [describe(answer) for answer in answers]
    assert len({answer.text for answer in answers}) == 1


def test_each_filter_finds_its_customer(api: Api) -> None:
    name = f"E2e{uuid4().hex[:12]}"
    details: dict[str, Any] = {"family_name": name, "phone": f"+1{uuid4().int % 10**13:013}"}
    created = api.create(**details)
    customer = created.json()
    filters = [
        {"email": customer["email"].upper()},
        {"phone": details["phone"]},
        {"family_name": name[:-2].upper()},
        {"status": "active", "limit": 100},
        {"created_after": "2026-01-01T00:00:00Z", "limit": 100},
    ]
    for query in filters:
        # An index lags behind its table by milliseconds.
        for _ in range(10):
            found = api.call("GET", CUSTOMERS, params=query).json()["items"]
            if customer in found:
                break
        assert customer in found, query
    expect(api.call("DELETE", location(created), headers={"If-Match": "*"}), 202)
    assert api.call("GET", CUSTOMERS, params=filters[0]).json()["items"] == []


def test_a_combination_that_no_index_serves_is_refused(api: Api) -> None:
    answer = api.call("GET", CUSTOMERS, params={"email": "ada@example.com", "status": "active"})
    (error,) = problem(answer, 422, "invalid_request")["errors"]
    assert "exactly one of email, phone and family_name" in error["message"]


def test_of_two_hundred_writers_of_one_customer_exactly_one_wins_each_round(
    api: Api, show: Callable[[str], None]
) -> None:
    created = api.create()
    url, etag = location(created), created.headers["ETag"]
    at_once(ABREAST, lambda _: api.call("GET", url))
    seen: Counter[int] = Counter()

    def write(first: int, etag: str, number: int) -> httpx.Response:
        return api.patch(url, etag, given_name=f"Writer {first + number}")

    for first in range(0, WRITERS, ABREAST):
        answers = at_once(ABREAST, partial(write, first, etag))
        seen.update(answer.status_code for answer in answers)
        winners = [answer for answer in answers if answer.status_code == 200]
        # 503 is a writer that met another on the way and was told to come back: never a win.
        assert {answer.status_code for answer in answers} <= {200, 412, 503}
        assert len(winners) == 1
        current = api.call("GET", url)
        assert current.json() == winners[0].json()
        etag = current.headers["ETag"]
    rounds = WRITERS // ABREAST
    assert current.json()["version"] == 1 + rounds
    assert len(api.call("GET", f"{url}/events", params={"limit": 100}).json()["items"]) == 1 + rounds
    show(f"{WRITERS} writers of one version, {ABREAST} abreast: {rounds} rounds, {dict(sorted(seen.items()))}, 0 lost")


def test_writers_that_try_until_they_win_lose_nothing(api: Api, show: Callable[[str], None]) -> None:
    created = api.create()
    url = location(created)
    tries: Counter[str] = Counter()

    def write(first: int, number: int) -> httpx.Response:
        while True:
            current = api.call("GET", url)
            change = {"metadata": {f"writer-{number}": str(first + number)}}
            answer = api.patch(url, current.headers["ETag"], **change)
            tries[str(answer.status_code)] += 1
            if answer.status_code == 200:
                return answer

    for first in range(0, WRITERS, ABREAST):
        answers = at_once(ABREAST, partial(write, first))
        versions = [answer.json()["version"] for answer in answers]
        assert sorted(versions) == list(range(first + 2, first + ABREAST + 2))
    assert api.call("GET", url).json()["version"] == WRITERS + 1
    told = dict(sorted(tries.items()))
    show(f"{WRITERS} writers that try until they win: version {WRITERS + 1}, 0 lost; answers {told}")


def test_no_bad_request_is_a_defect(api: Api, show: Callable[[str], None]) -> None:
    created = api.create()
    bad = [request for request in bad_requests() if sendable(request)]
    wrong = []
    for request in bad:
        answer = send(api, created, request)
        assert MARKER not in answer.text
        # A gateway may refuse by itself what no service would be asked: 404 for an id with a slash in it, say.
        if not 400 <= answer.status_code < 500:
            wrong.append((request, describe(answer)))
    assert wrong == []
    assert api.call("GET", location(created)).json() == created.json()
    show(f"{len(bad)} bad requests to the Customer Service: 0 answers of 5xx, 0 accepted")


def sendable(request: Bad) -> bool:
    """Whether a client can send it at all: HTTP has headers of printable characters."""
    return all(value.isascii() and value.isprintable() for value in request.headers.values())


def send(api: Api, created: httpx.Response, request: Bad) -> httpx.Response:
    """The answer to a bad request."""
    method, _, path = request.route_key.partition(" ")
    own = CUSTOMERS if request.route_key in {CREATE, LIST} else path.format(customer_id=created.json()["id"])
    url = own if request.customer_id is None else path.format(customer_id=request.customer_id)
    headers = {"If-Match": '"1"', **({"Content-Type": "application/json"} if request.body is not None else {})}
    body = {"content": request.body} if isinstance(request.body, str) else {"json": request.body}
    return api.call(
        method,
        f"{url}?{request.query}" if request.query else url,
        headers={**headers, **request.headers},
        **(body if request.body is not None else {}),
    )


@pytest.mark.parametrize("field", ["openapi", "paths", "components"])
def test_the_service_describes_itself(api: Api, field: str) -> None:
    answer = api.call("GET", "/openapi/customer", scopes=None)
    expect(answer, 200)
    assert answer.json()[field]
