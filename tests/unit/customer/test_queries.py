"""Filters of the list, and the ranges of indexes that they are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.customer import listings
from functions.customer.listings import folded
from functions.customer.models import Customer, CustomerDetails, CustomerStatus
from functions.customer.queries import CustomerQuery
from functions.shared.plain.ids import new_id
from tests.support.texts import readable

NEWEST_FIRST = {"status": "active", "created_after": "2026-01-01T00:00:00Z", "created_before": "2026-02-01T00:00:00Z"}
ALONE = {"email": "ada@example.com", "phone": "+14155550123", "family_name": "Love"}
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize("names", [[], ["status"], ["created_after"], ["status", "created_before"], [*NEWEST_FIRST]])
def test_status_and_times_go_together(names: list[str]) -> None:
    query = CustomerQuery.model_validate({name: NEWEST_FIRST[name] for name in names})
    assert set(query.filter()) == set(names)


@pytest.mark.parametrize("name", ALONE)
def test_a_search_stands_alone(name: str) -> None:
    assert CustomerQuery.model_validate({name: ALONE[name], "limit": "5"}).filter() == {name: ALONE[name]}
    for other, value in {**NEWEST_FIRST, **ALONE}.items():
        if other != name:
            with pytest.raises(ValidationError, match="exactly one of email, phone and family_name"):
                CustomerQuery.model_validate({name: ALONE[name], other: value})


@pytest.mark.parametrize(
    "time",
    ["", "2026-01-01", "1700000000", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "now"],
)
def test_a_time_has_an_offset_as_rfc_3339_requires(time: str) -> None:
    with pytest.raises(ValidationError, match="such as 2026-01-31T09:30:00Z"):
        CustomerQuery.model_validate({"created_after": time})


@given(at=TIMES, after=TIMES, before=TIMES)
def test_a_range_of_ids_is_what_was_created_after_one_time_and_before_another(
    at: datetime, after: datetime, before: datetime
) -> None:
    created = at.replace(microsecond=at.microsecond // 1000 * 1000)
    listing = listings.newest_first(None, after, before)
    # The id's time is rounded down where binary fractions fall short of a millisecond; now, they do not.
    identifier = new_id("cus", created + timedelta(microseconds=100))
    assert (listing.first <= identifier <= listing.last) == (after < created < before)


def test_times_that_no_id_has_are_ranges_too() -> None:
    ancient = datetime(1, 1, 1, tzinfo=UTC)
    identifier = new_id("cus", datetime(1970, 1, 1, 1, tzinfo=UTC))
    after = listings.newest_first(None, ancient, None)
    before = listings.newest_first(None, None, ancient)
    assert after.first <= identifier <= after.last
    assert not before.first <= identifier <= before.last
    last = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert listings.newest_first(None, last, ancient).empty
    assert not listings.newest_first(None, ancient, last).empty


def test_a_status_has_partitions_of_its_own() -> None:
    assert listings.newest_first(CustomerStatus.CLOSED, None, None).partitions == tuple(f"CLOSED#{n}" for n in range(4))


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("Lovelace", "love"),
        ("LOVELACE", "Lovelace"),
        ("Stra\u00dfer", "STRASS"),
        ("\u00c9mile", "e\u0301m"),
        ("de la Cruz", "De La"),
        ("\u5c71\u7530", "\u5c71"),
    ],
)
def test_a_name_is_found_by_its_beginning_whatever_its_case(name: str, prefix: str) -> None:
    assert found(name, prefix)


@pytest.mark.parametrize(("name", "prefix"), [("Lovelace", "lace"), ("Love", "Lovelace"), ("\u00c9mile", "e")])
def test_a_name_is_not_found_by_anything_else(name: str, prefix: str) -> None:
    assert not found(name, prefix)


WORDS = readable(100)


@given(WORDS, WORDS)
def test_names_sort_by_the_folded_name_and_fit_into_a_sort_key(one: str, other: str) -> None:
    first, second = (str(customer(name).family_name) for name in (one, other))
    keys = [listings.index_keys(customer(name))["folded_name"] for name in (one, other)]
    # A sort key has at most 1,024 bytes.
    assert all(len(key.encode()) <= 1024 for key in keys)
    if folded(first) != folded(second):
        assert (keys[0] < keys[1]) == (folded(first) < folded(second))
    assert found(one, first[:1]) == folded(first).startswith(folded(first[:1]))


def test_without_a_family_name_a_customer_is_in_no_order_of_names() -> None:
    nameless = customer(None)
    assert set(listings.index_keys(nameless)) == {"listing", "status_listing"}


def customer(family_name: str | None) -> Customer:
    details = CustomerDetails(given_name="Ada", family_name=family_name, email="ada@example.com")
    return Customer.create(details, datetime(2026, 11, 22, tzinfo=UTC))


def found(name: str, prefix: str) -> bool:
    """Whether the range of a prefix has a name."""
    listing = listings.by_name(prefix)
    return listing.first <= listings.index_keys(customer(name))["folded_name"] <= listing.last
