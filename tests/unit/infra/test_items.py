"""JSON of DynamoDB items in saved state."""

import copy
import json
from typing import Any

import pytest

from infra.local.items import EncodedItems


def state(items: dict[str, dict[str | None, Any]]) -> dict[str, Any]:
    """A state with two tables."""
    other = {"a": {None: {"pk": {"S": "a"}}}}
    return {"tables": {"first": {"items": items, "count": 1}, "second": {"items": other, "count": 1}}, "tags": {}}


def encoded(encoder: EncodedItems, original: dict[str, Any]) -> str:
    """Its JSON, as a save has it."""
    tables = {name: dict(table) for name, table in original["tables"].items()}
    return encoder.dumps({**original, "tables": tables}, tables.values())


@pytest.mark.parametrize(
    "items",
    [
        {},
        {"C#1": {}},
        {"C#1": {"META": {"name": {"S": 'Ada "Ä" \u2028 \\'}}, "E#1": {"n": {"N": "1"}}}, "C#2": {"META": {}}},
        {'q"\\': {None: {"pk": {"S": "x"}}}},
    ],
)
def test_the_text_is_that_of_the_standard_library(items: dict[str, dict[str | None, Any]]) -> None:
    assert encoded(EncodedItems(), state(items)) == json.dumps(state(items))


def test_a_save_after_changes_contains_what_was_put_replaced_and_deleted() -> None:
    encoder, content = EncodedItems(), state({"C#1": {"META": {"v": {"N": "1"}}}, "C#2": {"META": {"v": {"N": "1"}}}})
    items = content["tables"]["first"]["items"]
    encoded(encoder, content)
    items["C#1"] = {"META": {"v": {"N": "2"}}}
    items["C#3"] = {"META": {"v": {"N": "3"}}}
    del items["C#2"]
    assert json.loads(encoded(encoder, content)) == json.loads(json.dumps(content))


def test_an_item_is_encoded_once() -> None:
    encoded_values = []

    def default(value: object) -> str:
        encoded_values.append(value)
        return "encoded"

    encoder, content = EncodedItems(default), state({"C#1": {"META": {"v": b"1"}}})
    first = encoded(encoder, content)
    assert encoded(encoder, content) == first
    assert encoded_values == [b"1"]


def test_the_state_keeps_its_items() -> None:
    content = state({"C#1": {"META": {"v": {"N": "1"}}}})
    before = copy.deepcopy(content)
    encoded(EncodedItems(), content)
    assert content == before
