"""Identifiers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.plain.ids import CUSTOMER_ID, new_id
from tests.support.customers import NOBODY

AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        (NOBODY, True),
        ("cus_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", True),
        # Crockford's base 32 has no I, L, O and U, and 26 characters of it hold more than 128 bits from 8 on.
        ("cus_8ZZZZZZZZZZZZZZZZZZZZZZZZZ", False),
        ("cus_01ARZ3NDEKTSV4RRFFQ69G5FAI", False),
        ("cus_01ARZ3NDEKTSV4RRFFQ69G5FAU", False),
        ("cus_01arz3ndektsv4rrffq69g5fav", False),
        ("CUS_01ARZ3NDEKTSV4RRFFQ69G5FAV", False),
        ("cus-01ARZ3NDEKTSV4RRFFQ69G5FAV", False),
        (NOBODY[:-1], False),
        (NOBODY + "A", False),
        (NOBODY + "\n", False),
        (" " + NOBODY, False),
        (NOBODY[4:], False),
        ("", False),
    ],
)
def test_a_customers_id_is_cus_and_a_ulid(text: str, *, is_id: bool) -> None:
    assert bool(CUSTOMER_ID.fullmatch(text)) == is_id


@given(TIMES)
def test_a_new_id_is_well_formed_whenever_it_is_made(at: datetime) -> None:
    assert CUSTOMER_ID.fullmatch(new_id("cus", at))


def test_an_id_begins_with_what_it_is_of_and_when_it_was_made() -> None:
    # The first ten characters are the time: 1795361400000 ms since 1970, in Crockford's base 32.
    assert new_id("inq", AT).startswith("inq_01M81Y1S60")


def test_ids_sort_by_time_and_differ_within_it() -> None:
    ids = [new_id("cus", AT + timedelta(milliseconds=step)) for step in range(100)]
    assert ids == sorted(ids)
    assert len({new_id("cus", AT) for _ in range(100)}) == 100
