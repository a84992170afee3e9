"""Entity tags and compression of what is no JSON model."""

import pytest

from functions.shared.requests.texts import codings, entity_tags


@pytest.mark.parametrize(
    ("accept_encoding", "taken"),
    [
        ("", {""}),
        ("gzip", {"gzip"}),
        ("br;q=1.0, GZIP;q=0.5", {"br", "gzip"}),
        ("gzip;q=0", set()),
        ("gzip ; q=0.000, deflate", {"deflate"}),
        ("identity, gzip;q=0.001", {"identity", "gzip"}),
    ],
)
def test_who_takes_which_coding(accept_encoding: str, taken: set[str]) -> None:
    assert codings(accept_encoding) == taken


@pytest.mark.parametrize("header", ['"a"', 'W/"a"', '"b", "a"', ' "a" '])
def test_a_tag_is_known_weak_or_strong_alone_or_among_others(header: str) -> None:
    assert '"a"' in entity_tags(header)


@pytest.mark.parametrize("header", ["", "a", '"b"', '"a-gzip"', "*"])
def test_another_tag_is_not(header: str) -> None:
    assert '"a"' not in entity_tags(header)
