"""Times as the API gives them."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from functions.shared.clock import Timestamp, now, rfc3339, to_millisecond

TIMES = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


class Event(BaseModel):
    """Something that happens at a time."""

    at: Timestamp


def test_a_time_has_milliseconds_and_a_z() -> None:
    assert rfc3339(datetime(2026, 11, 22, 15, 30, tzinfo=UTC)) == "2026-11-22T15:30:00.000Z"


def test_microseconds_are_cut_not_rounded() -> None:
    assert rfc3339(datetime(2026, 11, 22, 15, 30, 59, 999_999, tzinfo=UTC)) == "2026-11-22T15:30:59.999Z"


def test_now_is_utc_to_the_millisecond() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    time = now()
    assert before <= time <= datetime.now(UTC)
    assert time.tzinfo is UTC
    assert time.microsecond % 1000 == 0


def test_what_is_finer_than_a_millisecond_is_cut() -> None:
    assert to_millisecond(datetime(2026, 11, 22, 15, 30, 59, 999_999, tzinfo=UTC)).microsecond == 999_000
    assert to_millisecond(datetime(2026, 11, 22, 15, 30, 59, 999, tzinfo=UTC)).microsecond == 0


def test_a_timestamp_survives_json() -> None:
    event = Event(at=datetime(2026, 11, 22, 15, 30, 0, 7000, tzinfo=UTC))
    assert event.model_dump_json() == '{"at":"2026-11-22T15:30:00.007Z"}'
    assert Event.model_validate_json(event.model_dump_json()) == event


@given(TIMES, TIMES)
def test_the_text_of_times_sorts_as_they_do(one: datetime, other: datetime) -> None:
    texts = [rfc3339(one), rfc3339(other)]
    assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", text) for text in texts)
    if one <= other:
        assert texts == sorted(texts)
