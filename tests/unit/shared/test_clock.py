"""Times as the API gives them."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from functions.shared.plain import clock
from functions.shared.plain.clock import PastTime, Timestamp, UtcTime, now, rfc3339, to_millisecond

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


class Reported(BaseModel):
    """A time in a request."""

    at: UtcTime


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000Z"),
        ("2026-11-20T09:30:00+00:00", "2026-11-20T09:30:00.000Z"),
        ("2026-11-20T09:30:00-00:00", "2026-11-20T09:30:00.000Z"),
        ("2026-11-20T04:30:00.25-05:00", "2026-11-20T09:30:00.250Z"),
        ("2026-11-21T15:15:00.123456789+05:45", "2026-11-21T09:30:00.123Z"),
        ("2026-11-20t09:30:00z", "2026-11-20T09:30:00.000Z"),
        ("2026-11-20T09:30:00.0000000000001Z", "2026-11-20T09:30:00.000Z"),
        ("2026-11-20T23:30:00+14:00", "2026-11-20T09:30:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2016-12-31T18:59:60.5-05:00", "2017-01-01T00:00:00.500Z"),
    ],
)
def test_a_time_with_any_offset_is_stored_in_utc(sent: str, stored: str) -> None:
    assert Reported(at=sent).model_dump_json() == f'{{"at":"{stored}"}}'  # type: ignore[arg-type]


@given(TIMES, st.integers(-23 * 60 - 59, 23 * 60 + 59))
def test_an_offset_changes_how_a_time_is_written_and_nothing_else(time: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    try:
        written = time.astimezone(zone).isoformat()
    except OverflowError:
        return
    assert Reported(at=written).at == to_millisecond(time)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sent",
    [
        "2026-11-20T09:30:00",
        "2026-11-20 09:30:00Z",
        "2026-11-20T09:30:00 00:00",
        "2026-11-20T09:30:00+0000",
        "2026-11-20T09:30:00+00",
        "2026-11-20T09:30:00+24:00",
        "2026-11-20T09:30:00+13:60",
        "2026-11-20T24:00:00Z",
        "2026-11-20T09:30:60Z",
        "2016-12-31T22:59:60Z",
        "2016-12-30T23:59:60Z",
        "2026-11-20T09:30Z",
        "2026-02-30T09:30:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-11-20T09:30:00\u0661Z",
        "1763631000",
    ],
)
def test_another_text_is_refused_with_an_example(sent: str) -> None:
    with pytest.raises(ValidationError, match="Send an RFC 3339 time with its offset"):
        Reported(at=sent)  # type: ignore[arg-type]


class Happened(BaseModel):
    """A time in a request that has passed."""

    at: PastTime


def test_a_time_up_to_the_tolerance_ahead_is_stored_as_now(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    for sent, stored in [
        ("2026-11-28T11:59:59.999Z", noon - timedelta(milliseconds=1)),
        ("2026-11-28T12:00:02Z", noon),
        ("2026-11-28T13:01:00+01:00", noon),
    ]:
        assert Happened(at=sent).at == stored  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="in the future"):
        Happened(at="2026-11-28T12:01:00.001Z")  # type: ignore[arg-type]
