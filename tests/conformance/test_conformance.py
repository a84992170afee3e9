"""What a caller sees is what AWS shows, or what docs/local-vs-aws.md says of the place."""

from collections.abc import Callable

import pytest

from tests.conformance import document
from tests.conformance.answers import UNTRIED
from tests.conformance.rows import ROWS, Row
from tests.e2e.target import Target

REWRITE = "python -m pytest tests/conformance --write-differences"


@pytest.mark.usefixtures("compared")
def test_the_document_says_what_was_seen() -> None:
    assert document.DOCUMENT.read_text(encoding="utf-8") == document.text(document.read()), (
        f"{document.DOCUMENT} is stale: {REWRITE}"
    )


@pytest.mark.usefixtures("compared")
def test_what_was_seen_is_of_rows_that_there_are() -> None:
    for place, seen in document.read().items():
        assert set(seen) <= {row.sent for row in ROWS}, f"{place}: {REWRITE}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.sent)
def test_a_caller_sees(
    row: Row,
    target: Target,
    observe: Callable[[Row], str],
    record: Callable[[str, str], bool],
    remark: Callable[[str], None],
) -> None:
    answer = observe(row)
    if target.place == "aws":
        judge(row, answer, remark)
    elif not record(row.sent, answer):
        if answer.startswith(UNTRIED) and target.home is None:
            # What can be tried on a cloud of our own stands as it was seen there.
            remark(f"{row.sent}: {answer}")
        else:
            assert answer == document.read()[target.place].get(row.sent), f"{document.DOCUMENT} is stale: {REWRITE}"


def judge(row: Row, answer: str, remark: Callable[[str], None]) -> None:
    """Fail where AWS does not answer as its own documentation has it; where that says nothing, tell what it does."""
    if answer.startswith(UNTRIED):
        remark(f"{row.sent}: {answer}")
    elif row.source is None:
        remark(f"unverified: {row.sent}: expected {row.expected}, seen {answer}")
    else:
        assert answer == row.expected, row.source
