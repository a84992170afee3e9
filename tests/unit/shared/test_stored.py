"""Models of stored data, made from those of requests."""

from datetime import date
from typing import Annotated

import pytest
from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from functions.shared.plain.stored import stored
from functions.shared.plain.values import RequestBody


def refused(value: object) -> object:
    raise ValueError(f"a request cannot contain {value}")


class NewPlace(RequestBody):
    city: Annotated[str, StringConstraints(min_length=2), Field(description="City", examples=["Rome"])]


class NewPerson(RequestBody):
    born: Annotated[Annotated[date, AfterValidator(refused)] | None, Field(description="Day")] = None
    places: list[NewPlace] = Field(default=[], description="Places")
    tags: dict[Annotated[str, AfterValidator(refused)], int] = Field(default={}, description="Tags")


def test_stored_data_does_not_follow_the_rules_of_requests() -> None:
    item = {"born": "1985-12-10", "places": [{"city": "x"}], "tags": {"a": 1}, "later": True}
    with pytest.raises(ValidationError):
        NewPerson.model_validate(item)
    person = stored(NewPerson).model_validate(item)
    assert person.model_dump() == {"born": date(1985, 12, 10), "places": [{"city": "x"}], "tags": {"a": 1}}


def test_members_keep_their_types_defaults_and_descriptions() -> None:
    assert stored(NewPerson)().model_dump() == {"born": None, "places": [], "tags": {}}
    with pytest.raises(ValidationError):
        stored(NewPerson).model_validate({"born": "x"})
    with pytest.raises(ValidationError):
        stored(NewPlace).model_validate({})
    field = stored(NewPlace).model_fields["city"]
    assert (field.description, field.examples) == ("City", ["Rome"])


def test_a_stored_model_has_its_own_name_and_is_made_once() -> None:
    assert stored(NewPlace).__name__ == "Place"
    assert stored(NewPlace) is stored(NewPlace)
