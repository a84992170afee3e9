"""An erased credit file: its tombstone refuses all reads and writes."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.credit import Credit
from tests.support.gateway import Answer
from tests.support.problems import code

TOMBSTONES = ["HEAD#FILE", "INQUIRY#~"]
CALLS: dict[str, Callable[[Credit], Answer]] = {
    "record": Credit.record,
    "score": Credit.score,
    "history": Credit.history,
    "inquire": Credit.inquire,
    "inquiries": Credit.inquiries,
    "freeze": Credit.freeze,
    "frozen": Credit.frozen,
    "lift": Credit.lift,
    "erase": Credit.erase,
    "export": Credit.export,
    "notice": lambda credit: credit.notice("inq_01KGC3EG00TQ6Y1K3BG1Z6B4XV"),
}


@pytest.fixture
def erased(credit: Credit) -> Credit:
    """Return an erased file, which was empty."""
    assert credit.erase().status == 204
    return credit


@pytest.mark.parametrize("name", CALLS)
def test_an_erased_file_is_gone_for_good(
    erased: Credit, name: str, items: Callable[[str], list[dict[str, Any]]]
) -> None:
    assert code(CALLS[name](erased)) == (410, "credit_file_erased")
    assert [item["sk"] for item in items("")] == TOMBSTONES


@pytest.mark.parametrize("name", CALLS)
def test_an_id_that_no_customer_can_have_has_no_file(credit: Credit, calls: list[str], name: str) -> None:
    credit.customer_id = "cus_x"
    assert code(CALLS[name](credit)) == (404, "credit_file_not_found")
    assert calls == []
