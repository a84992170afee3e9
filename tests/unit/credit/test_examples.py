"""Examples and descriptions of the OpenAPI document."""

from typing import Any

import pytest
from pydantic import BaseModel

from functions.credit.app import app
from functions.credit.inquiries import DisclosedScore

SENT = [operation.body for operation in app.operations if operation.body]
RETURNED = {
    model
    for operation in app.operations
    if operation.path.startswith("/v1/")
    for model in operation.documentation["answers"].values()
    if model
}


def examples(model: type[BaseModel]) -> list[dict[str, Any]]:
    return list(model.model_json_schema()["examples"])


@pytest.mark.parametrize("model", SENT)
def test_each_example_of_a_request_body_is_accepted(model: type[BaseModel]) -> None:
    for example in examples(model):
        model.model_validate(example)


@pytest.mark.parametrize("model", sorted(RETURNED, key=str))
def test_each_example_of_a_response_is_what_the_model_returns(model: type[BaseModel]) -> None:
    for example in examples(model):
        assert model.model_validate(example).model_dump(mode="json") == example


def test_a_disclosed_score_has_an_example_with_and_one_without_a_score() -> None:
    assert [example["score"] for example in examples(DisclosedScore)] == [712, None]


def test_each_description_names_the_scope() -> None:
    for operation in app.operations:
        description = " ".join((operation.view.__doc__ or "").split())
        assert operation.scope is None or f"Scope: `{operation.scope}`." in description
