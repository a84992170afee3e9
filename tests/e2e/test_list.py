"""GET /v1/customers: pages, newest first."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.e2e.api import CUSTOMERS, Api, expect, next_page, problem

# A system in use may create customers of its own meanwhile, but hardly more than this.
MOST_PAGES = 25
LIMIT = 8


@pytest.fixture(scope="module")
def ids(api: Api) -> list[str]:
    """More customers than a page has by default, in the order of their creation."""
    return [api.create().json()["id"] for _ in range(21)]


@pytest.fixture(scope="module")
def cursor(api: Api, ids: list[str]) -> str:
    """A cursor of this client's."""
    answer = api.call("GET", CUSTOMERS, params={"limit": len(ids) - 1})
    return str(answer.json()["next_cursor"])


def by_link(api: Api) -> Iterator[httpx.Response]:
    """The pages by their Link headers."""
    answer = api.call("GET", CUSTOMERS, params={"limit": LIMIT})
    yield answer
    while url := next_page(answer):
        answer = api.call("GET", url)
        yield answer


def by_cursor(api: Api) -> Iterator[httpx.Response]:
    """The pages by their cursors."""
    answer = api.call("GET", CUSTOMERS, params={"limit": LIMIT})
    yield answer
    while cursor := answer.json()["next_cursor"]:
        answer = api.call("GET", CUSTOMERS, params={"limit": LIMIT, "cursor": cursor})
        yield answer


def read_until(pages: Iterator[httpx.Response], last: str) -> list[str]:
    """The ids of the pages up to the one with `last`."""
    seen: list[str] = []
    for _, page in zip(range(MOST_PAGES), pages, strict=False):
        expect(page, 200)
        body = page.json()
        assert len(body["items"]) <= LIMIT
        assert (next_page(page) is None) == (body["next_cursor"] is None)
        seen += [customer["id"] for customer in body["items"]]
        if last in seen:
            break
    return seen


@pytest.mark.parametrize("pages", [by_link, by_cursor])
def test_pages_show_every_customer_once_newest_first(
    api: Api, ids: list[str], pages: Callable[[Api], Iterator[httpx.Response]]
) -> None:
    # An index lags behind its table by milliseconds: read again until it has caught up.
    for _ in range(10):
        seen = read_until(pages(api), ids[0])
        if set(ids) <= set(seen):
            break
    assert seen == sorted(set(seen), reverse=True)
    assert [customer for customer in seen if customer in ids] == ids[::-1]


def test_a_listed_customer_is_the_customer(api: Api, ids: list[str]) -> None:
    listed = api.call("GET", CUSTOMERS, params={"limit": 100}).json()["items"]
    found = next(customer for customer in listed if customer["id"] == ids[-1])
    assert found == api.call("GET", f"{CUSTOMERS}/{ids[-1]}").json()


def test_a_page_has_twenty_customers_unless_told(api: Api, ids: list[str]) -> None:
    assert len(api.call("GET", CUSTOMERS).json()["items"]) == 20
    assert len(api.call("GET", CUSTOMERS, params={"limit": len(ids)}).json()["items"]) == 21


def test_a_forged_cursor_is_refused(api: Api, cursor: str) -> None:
    flipped = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    for forged in ("forged", "", cursor[:-4], flipped, cursor + "A"):
        problem(api.call("GET", CUSTOMERS, params={"cursor": forged}), 400, "invalid_cursor")


@pytest.mark.needs("second_client", "jwt_authorizer")
def test_the_cursor_of_another_client_is_refused(api: Api, other_api: Api, cursor: str) -> None:
    expect(api.call("GET", CUSTOMERS, params={"cursor": cursor}), 200)
    problem(other_api.call("GET", CUSTOMERS, params={"cursor": cursor}), 400, "invalid_cursor")
