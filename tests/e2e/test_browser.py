"""CORS: what a browser application may send and see."""

import httpx
import pytest

from tests.e2e.api import CUSTOMERS, UNKNOWN_ID, Api
from tests.e2e.target import Target

SENT = {
    "authorization",
    "content-type",
    "dossier-actor",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "traceparent",
}
SEEN = {"dossier-request-id", "etag", "idempotency-replayed", "link", "location", "retry-after"}


def preflight(api: Api, origin: str, method: str) -> httpx.Response:
    """What a browser asks before it sends a request of another origin."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ",".join(sorted(SENT)),
    }
    return api.call("OPTIONS", f"{CUSTOMERS}/{UNKNOWN_ID}", scopes=None, headers=headers)


def names(answer: httpx.Response, header: str) -> set[str]:
    """The names that a header lists, in lower case."""
    return {name.strip().lower() for name in answer.headers[header].split(",")}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_browser_of_an_allowed_origin_may_send_our_headers(api: Api, target: Target, method: str) -> None:
    answer = preflight(api, target.origin, method)
    assert answer.is_success
    assert answer.headers["Access-Control-Allow-Origin"] == target.origin
    assert method.lower() in names(answer, "Access-Control-Allow-Methods")
    assert names(answer, "Access-Control-Allow-Headers") >= SENT


def test_a_browser_of_another_origin_may_send_nothing(api: Api) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(api, "https://elsewhere.example", "GET").headers


@pytest.mark.needs("exposed_headers")
def test_a_browser_sees_our_headers(api: Api, target: Target) -> None:
    answer = api.call("GET", CUSTOMERS, headers={"Origin": target.origin})
    assert answer.headers["Access-Control-Allow-Origin"] == target.origin
    assert names(answer, "Access-Control-Expose-Headers") >= SEEN


def test_a_browser_of_another_origin_sees_nothing(api: Api) -> None:
    answer = api.call("GET", CUSTOMERS, headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
