"""If-Match: no change is lost."""

import pytest

from tests.e2e.api import Api, at_once, expect, location, problem


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_without_if_match_is_refused(api: Api, method: str) -> None:
    url = location(api.create())
    body = {"given_name": "Eve"} if method == "PATCH" else None
    problem(api.call(method, url, json=body), 428, "precondition_required")
    assert api.call("GET", url).json()["version"] == 1


@pytest.mark.parametrize("stale", ['"0"', '"2"', 'W/"1"', '""'])
def test_only_the_current_versions_own_tag_matches(api: Api, stale: str) -> None:
    url = location(api.create())
    problem(api.patch(url, stale, given_name="Eve"), 412, "precondition_failed")
    problem(api.call("DELETE", url, headers={"If-Match": stale}), 412, "precondition_failed")
    assert api.call("GET", url).json()["given_name"] == "Ada"


def test_an_if_match_that_holds_no_entity_tag_is_malformed(api: Api) -> None:
    problem(api.patch(location(api.create()), "1", given_name="Eve"), 400, "malformed_header")


@pytest.mark.parametrize("attempt", range(5))
def test_of_changes_to_one_version_at_the_same_moment_one_wins(api: Api, attempt: int) -> None:
    created = api.create()
    url = location(created)
    # Start as many instances of the function as there will be writers, or the writers arrive one by one.
    at_once(8, lambda _: api.call("GET", url))
    answers = at_once(
        8, lambda number: api.patch(url, created.headers["ETag"], given_name=f"Writer {attempt}.{number}")
    )
    # 503 is a writer that met another on the way and was told to come back: never a win.
    assert {answer.status_code for answer in answers} <= {200, 412, 503}
    winners = [answer for answer in answers if answer.status_code == 200]
    assert len(winners) == 1
    read = api.call("GET", url)
    expect(read, 200)
    assert read.json() == winners[0].json()
    assert read.json()["version"] == 2
