"""Entity tags and conditional requests (RFC 9110, sections 8.8 and 13.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.plain.problems import MalformedHeader, PreconditionFailed, PreconditionRequired
from functions.shared.requests.etag import entity_tag, matches, require_match

MALFORMED = [
    "",
    " ",
    "3",
    "'3'",
    '"3',
    '3"',
    '"3" "4"',
    '"a b"',
    'w/"3"',
    'W/ "3"',
    "W/3",
    '*, "3"',
    '"3", *',
    '"3";',
    '"\t"',
    '"\u20ac"',
    '"3"\n"4"',
]


def test_a_versions_tag_is_strong_and_quoted() -> None:
    assert entity_tag(3) == '"3"'


@pytest.mark.parametrize("header", ['"3"', ' "3" ', '"2", "3"', '"3","4"', '"x,y" , "3"', 'W/"3", "3"', "*", " * "])
def test_a_change_to_the_version_that_was_read_passes(header: str) -> None:
    require_match(header, 3)


@pytest.mark.parametrize("header", ['"2"', '"33"', '"03"', 'W/"3"', '"2", W/"3"', '""', '"*"', '"\u00e9"'])
def test_a_change_to_another_version_is_refused(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        require_match(header, 3)


def test_a_change_needs_to_say_which_version_it_is_for() -> None:
    with pytest.raises(PreconditionRequired):
        require_match(None, 3)


@pytest.mark.parametrize("header", MALFORMED)
def test_if_match_without_entity_tags_is_malformed(header: str) -> None:
    with pytest.raises(MalformedHeader) as refusal:
        require_match(header, 3)
    assert refusal.value.detail.startswith("Send If-Match ")


@pytest.mark.parametrize("header", ['"3"', 'W/"3"', '"2", "3"', '"2", W/"3"', '"2" ,\t"3"', "*", " *"])
def test_a_reader_who_has_this_version_is_told_so(header: str) -> None:
    assert matches(header, 3)


@pytest.mark.parametrize("header", [None, '"2"', 'W/"2"', '"W/3"', '"*"', '"33", "03"'])
def test_a_reader_who_has_another_version_or_none_gets_this_one(header: str | None) -> None:
    assert not matches(header, 3)


@pytest.mark.parametrize("header", MALFORMED)
def test_if_none_match_without_entity_tags_is_malformed(header: str) -> None:
    with pytest.raises(MalformedHeader) as refusal:
        matches(header, 3)
    assert refusal.value.detail.startswith("Send If-None-Match ")


@pytest.mark.parametrize("header", ['"3", ,"4"', ',"3"', '"3",', '"2",,"3"'])
def test_empty_elements_of_a_list_are_ignored(header: str) -> None:
    # RFC 9110, section 5.6.1.2: a recipient must parse and ignore a reasonable number of empty list elements.
    assert matches(header, 3)


@given(st.lists(st.tuples(st.sampled_from(["", "W/"]), st.integers(min_value=1, max_value=4)), min_size=1))
def test_a_change_is_held_to_strong_tags_and_a_reader_to_any(tags: list[tuple[str, int]]) -> None:
    header = ", ".join(f'{weak}"{version}"' for weak, version in tags)
    assert matches(header, 3) == (3 in [version for _, version in tags])
    if ("", 3) in tags:
        require_match(header, 3)
    else:
        with pytest.raises(PreconditionFailed):
            require_match(header, 3)


@given(st.text(alphabet='W/"*3, \t\\\n\u00e9\u20ac', max_size=40))
def test_any_header_is_understood_or_malformed(header: str) -> None:
    try:
        understood = matches(header, 3)
    except MalformedHeader:
        understood = False
    assert not understood or '"3"' in header or header.strip() == "*"
