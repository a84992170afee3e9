"""Models as DynamoDB has them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from functions.shared.aws.items import attributes, members
from functions.shared.plain.clock import Timestamp


class Part(BaseModel):
    """Something inside."""

    size: int | None = None


class Thing(BaseModel):
    """A member of every kind that is stored."""

    text: str = ""
    number: int = 0
    flag: bool = False
    at: Timestamp = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    part: Part = Part()
    parts: list[Part] = []
    labels: dict[str, str] = {}
    missing: str | None = None


def test_attributes_have_dynamodbs_types() -> None:
    thing = Thing(text="é", number=-5, flag=True, part=Part(size=1), parts=[Part()], labels={"a": ""})
    assert attributes(thing) == {
        "text": {"S": "é"},
        "number": {"N": "-5"},
        "flag": {"BOOL": True},
        "at": {"S": "2026-11-22T15:30:00.000Z"},
        "part": {"M": {"size": {"N": "1"}}},
        "parts": {"L": [{"M": {}}]},
        "labels": {"M": {"a": {"S": ""}}},
    }


def test_what_is_none_is_left_out() -> None:
    assert "missing" not in attributes(Thing())


@given(
    st.builds(
        Thing, text=st.text(), number=st.integers(-(10**18), 10**18), labels=st.dictionaries(st.text(), st.text())
    )
)
def test_a_model_comes_back_as_it_went(thing: Thing) -> None:
    assert Thing.model_validate(members(attributes(thing))) == thing


def test_a_float_is_refused_as_dynamodb_has_no_such_numbers() -> None:
    class Rate(BaseModel):
        rate: float = 0.1

    with pytest.raises(TypeError):
        attributes(Rate())


def test_bytes_are_read_as_they_are_and_no_other_type_is_read() -> None:
    assert members({"blob": {"B": b"x"}}) == {"blob": b"x"}
    with pytest.raises(TypeError, match="type SS"):
        members({"names": {"SS": ["a"]}})
