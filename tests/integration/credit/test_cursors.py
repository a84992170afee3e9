"""Cursors of all lists of the service: clients can read them, so they contain only ids."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable

import pytest

from functions.shared.aws.client import dynamodb
from tests.support.credit import Credit
from tests.support.gateway import Answer
from tests.support.problems import code

ID = re.compile(r"(INQUIRY#|NOTICE#)?[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}")
LISTS: dict[str, Callable[..., Answer]] = {
    "history": Credit.history,
    "inquiries": Credit.inquiries,
    "export": Credit.export,
    "retained": Credit.retained,
}


def content(cursor: str) -> str:
    """Return the readable part of a cursor."""
    encoded = cursor.partition(".")[0]
    text: str = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return text


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_contains_only_an_id(credit: Credit, name: str) -> None:
    credit.record()
    credit.record(scored_at="2026-01-30T00:00:00Z", score=700)
    credit.notice(credit.score().json["inquiry_id"])
    credit.score()
    if name == "retained":
        credit.erase()
    cursor = LISTS[name](credit, limit=1).json["next_cursor"]
    assert ID.fullmatch(content(cursor)), content(cursor)


def test_a_cursor_of_a_history_whose_inquiry_is_not_stored_any_longer_is_refused(credit: Credit, table: str) -> None:
    credit.record()
    credit.record(scored_at="2026-01-30T00:00:00Z", score=700)
    page = credit.history(limit=1).json
    key = {"pk": {"S": f"FILE#{credit.customer_id}"}, "sk": {"S": f"INQUIRY#{page['inquiry_id']}"}}
    dynamodb().delete_item(TableName=table, Key=key)
    assert code(credit.history(limit=1, cursor=page["next_cursor"])) == (400, "invalid_cursor")


def test_the_position_of_a_history_is_not_shown_in_the_list_of_inquiries(credit: Credit) -> None:
    credit.record()
    credit.record(scored_at="2026-01-30T00:00:00Z", score=700)
    credit.history(limit=1)
    assert "next_page" not in credit.inquiries().text
