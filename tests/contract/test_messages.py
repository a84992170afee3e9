"""Messages of refused bodies and queries: ours, and never those of pydantic."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from functions.shared.plain.problems import MalformedBody, invalid
from functions.shared.requests.operations import Operation
from infra.generate.openapi import document as openapi

OPERATIONS = [
    operation
    for template in openapi.TEMPLATES
    for module in openapi.modules(template)
    for operation in module.app.operations
]
VALUES: list[Any] = [None, 5, 5.5, 10**30, True, "", "x", "\x00", "x" * 600, [], [5], ["x"] * 60, {}, {"x": 5}]
# A word of each message that pydantic has for what JSON can hold.
OF_PYDANTIC = (
    "Input",
    "Value",
    "String",
    "List",
    "Dictionary",
    "should",
    "valid ",
    "pattern",
    "instance",
    "not allowed here",
)


def example(operation: Operation) -> dict[str, Any]:
    """A body that is accepted, as the OpenAPI document has it."""
    assert operation.body is not None
    examples = operation.body.model_json_schema().get("examples", [{}])
    return dict(examples[0])


def changed(value: Any) -> Iterator[Any]:
    """A JSON value with each of its parts replaced by each of VALUES."""
    yield from VALUES
    if isinstance(value, dict):
        for name, member in value.items():
            yield from ({**value, name: other} for other in changed(member))
    if isinstance(value, list):
        for place, member in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in changed(member))


def messages(model: type[BaseModel], text: str) -> Iterator[str]:
    """The messages of a refusal."""
    try:
        with suppress(MalformedBody):
            model.model_validate_json(text, strict=True)
    except ValidationError as error:
        yield from (shown["message"] for shown in invalid(error, "").errors)


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.body], ids=lambda operation: operation.view.__name__
)
def test_a_refused_body_is_explained_in_our_words(operation: Operation) -> None:
    assert operation.body is not None
    members = dict.fromkeys(operation.body.model_fields) if example(operation) else {}
    sent = [*changed(example(operation)), *changed({**members, **example(operation)})]
    told = {message for body in sent for message in messages(operation.body, json.dumps(body))}
    assert [message for message in told if any(word in message for word in OF_PYDANTIC)] == []
    assert told


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.query.model_fields], ids=lambda operation: operation.view.__name__
)
def test_a_refused_query_is_explained_in_our_words(operation: Operation) -> None:
    told = set()
    for name, field in operation.query.model_fields.items():
        for value in ("", "x", "-1", "999", "5.5", "\x00", "x" * 600, "2026-01-31"):
            try:
                operation.query.model_validate({field.alias or name: value})
            except ValidationError as error:
                told |= {shown["message"] for shown in invalid(error, "").errors}
    assert [message for message in told if any(word in message for word in OF_PYDANTIC)] == []
    assert told


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.body], ids=lambda operation: operation.view.__name__
)
def test_members_that_may_be_left_out_have_no_default_in_the_schema(operation: Operation) -> None:
    assert operation.body is not None
    schema = operation.body.model_json_schema()
    described = [schema, *schema.get("$defs", {}).values()]
    defaults = [
        name for part in described for name, member in part.get("properties", {}).items() if "default" in member
    ]
    assert defaults == []
