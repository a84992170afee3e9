"""Pages of lists."""

from urllib.parse import parse_qs

import pytest
from pydantic import BaseModel, ValidationError

from functions.shared.requests.pages import Page, PageQuery


class Colours(PageQuery):
    """A list's query with a filter."""

    colour: str | None = None


@pytest.mark.parametrize("limit", ["1", "20", "100", "007"])
def test_a_limit_is_a_number_from_1_to_100(limit: str) -> None:
    assert PageQuery.model_validate({"limit": limit}).limit == int(limit)


@pytest.mark.parametrize("limit", ["0", "101", "+1", "-1", "1_0", " 1", "1.0", "", "ten", "1000"])
def test_anything_else_is_none(limit: str) -> None:
    with pytest.raises(ValidationError):
        PageQuery.model_validate({"limit": limit})


def test_without_a_limit_a_page_has_20() -> None:
    assert PageQuery().limit == 20


def test_a_cursor_is_bound_to_what_was_asked_for_and_not_to_the_place_in_the_list() -> None:
    assert Colours(colour="red", limit=5, cursor="c").filter() == {"colour": "red"}
    assert Colours().filter() == {}


def test_the_link_asks_the_same_again_from_there_on() -> None:
    page = Page[BaseModel](items=[], next_cursor="a.b-c")
    link = page.link(Colours(colour="red & blue", limit=5))["Link"]
    target, relation = link.split(";")
    assert relation == ' rel="next"'
    assert parse_qs(target.strip("<?>")) == {"colour": ["red & blue"], "limit": ["5"], "cursor": ["a.b-c"]}


def test_the_last_page_has_no_link() -> None:
    assert Page[BaseModel](items=[], next_cursor=None).link(PageQuery()) == {}
