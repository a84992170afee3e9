"""Cursors of lists."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from functions.shared.plain.problems import InvalidCursor
from functions.shared.requests.cursor import Cursors

KEY = bytes(range(32))
MADE_AT = 1_795_359_600
BINDINGS = st.lists(st.text(alphabet="ab|:01é", max_size=6), max_size=4)


def cursors(*binding: str, key: bytes = KEY) -> Cursors:
    return Cursors(lambda: key, *binding)


def made(position: str, *binding: str, key: bytes = KEY) -> str:
    cursor = cursors(*binding, key=key).make(position)
    assert cursor is not None
    return cursor


def at(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """Set the clock of itsdangerous."""
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: seconds)


@given(st.text())
def test_a_cursor_gives_its_position_back(position: str) -> None:
    assert cursors("GET /v1/customers", "client").read(made(position, "GET /v1/customers", "client")) == position


@given(st.text())
def test_a_cursor_needs_no_escaping_in_a_query(position: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]+", made(position, "list"))


def test_without_a_position_there_is_no_cursor_and_nobody_asks_for_the_key() -> None:
    def key() -> bytes:
        raise AssertionError("the key costs a call")

    assert Cursors(key, "list").make(None) is None
    assert Cursors(key, "list").read(None) is None


@pytest.mark.parametrize(
    "binding",
    [
        ("GET /v1/customers", "another client", "status=active"),
        ("GET /v1/customers", "client", "status=suspended"),
        ("GET /v1/other", "client", "status=active"),
        ("GET /v1/customers", "client"),
        ("GET /v1/customers", "client", "status=active", ""),
        ("GET /v1/customers", "status=active", "client"),
        (),
    ],
)
def test_a_cursor_is_good_for_its_own_list_client_and_filter_only(binding: tuple[str, ...]) -> None:
    cursor = made("position", "GET /v1/customers", "client", "status=active")
    with pytest.raises(InvalidCursor):
        cursors(*binding).read(cursor)


@given(BINDINGS, BINDINGS)
@example(["a|b"], ["a", "b"])
@example(["a", ""], ["a"])
@example(["a|1:b"], ["a", "b"])
@example(["1:a"], ["a"])
def test_no_two_bindings_read_the_same(one: list[str], other: list[str]) -> None:
    assume(one != other)
    with pytest.raises(InvalidCursor):
        cursors(*other).read(made("position", *one))


def test_a_cursor_of_another_service_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        cursors("list").read(made("position", "list", key=bytes(32)))


@pytest.mark.parametrize("age", [0, 1, 3600])
def test_a_cursor_is_good_for_an_hour(monkeypatch: pytest.MonkeyPatch, age: int) -> None:
    at(monkeypatch, MADE_AT)
    cursor = made("position", "list")
    at(monkeypatch, MADE_AT + age)
    assert cursors("list").read(cursor) == "position"


@pytest.mark.parametrize("age", [3601, 86_400])
def test_an_old_cursor_is_refused_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch, age: int) -> None:
    at(monkeypatch, MADE_AT)
    cursor = made("position", "list")
    at(monkeypatch, MADE_AT + age)
    with pytest.raises(InvalidCursor) as refusal:
        cursors("list").read(cursor)
    assert refusal.value.detail == (
        "Send a cursor with the list, filters and client that it was made for, within 60 minutes. "
        "Or start again without a cursor."
    )


def test_a_cursor_from_the_future_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MADE_AT + 1)
    cursor = made("position", "list")
    at(monkeypatch, MADE_AT)
    with pytest.raises(InvalidCursor):
        cursors("list").read(cursor)


def test_a_changed_position_or_time_is_refused() -> None:
    cursor = made("cus_01JDA", "list")
    signed, _, signature = cursor.rpartition(".")
    for place, character in enumerate(signed):
        if character != ".":
            forged = f"{signed[:place]}{'A' if character != 'A' else 'B'}{signed[place + 1 :]}.{signature}"
            with pytest.raises(InvalidCursor):
                cursors("list").read(forged)


@given(st.text())
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursors("list").read(text)


@given(st.text(alphabet="ABCabc0._-=", max_size=80))
def test_what_looks_like_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursors("list").read(text)
