"""The merged OpenAPI document: what a client generator makes of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.merged import merged_document
from tests.support.openapi_faults import faults

Document = dict[str, Any]


@pytest.fixture
def document() -> Document:
    """The document of our services and examples."""
    return merged_document()


def test_the_merged_document_has_no_fault(document: Document) -> None:
    assert document["x-unavailable"] == []
    assert faults(document) == []


def test_schemas_of_bodies_have_no_defaults(document: Document) -> None:
    # openapi-typescript makes a member with a default required in a request.
    assert '"default":' not in json.dumps(document["components"]["schemas"])


def test_each_code_that_an_operation_can_answer_is_an_example_of_its_status(document: Document) -> None:
    responses = document["paths"]["/v1/customers"]["post"]["responses"]
    conflict = responses["409"]["content"]["application/problem+json"]
    assert conflict["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert sorted(conflict["examples"]) == ["email_taken", "request_in_progress"]
    for code, example in document["components"]["examples"].items():
        assert example["value"]["code"] == code
        assert example["summary"] == example["value"]["title"]


def _rename(document: Document) -> None:
    schemas = document["components"]["schemas"]
    schemas["Kind"] = {"type": "string", "enum": ["a"]}


def _split(document: Document) -> None:
    document["components"]["schemas"]["Caller-Output"] = {"type": "string", "const": "a"}


def _dangle(document: Document) -> None:
    document["components"]["schemas"]["Caller"]["properties"]["actor"] = {"$ref": "#/components/schemas/Gone"}


def _copy(document: Document) -> None:
    schemas = document["components"]["schemas"]
    schemas["OtherCaller"] = schemas["Caller"] | {"description": "Another one."}


def _inline(document: Document) -> None:
    problem = document["components"]["responses"]["CustomerNotFound"]["content"]["application/problem+json"]
    problem["schema"] = document["components"]["schemas"]["Problem"]


def _forget_the_gateway(document: Document) -> None:
    del document["components"]["responses"]["Unauthenticated"]["content"]["application/json"]


def _use_pydantics_keyword(document: Document) -> None:
    document["components"]["schemas"]["CustomerPage"]["properties"]["items"]["items"] = {"type": "integer", "le": 3}


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_rename, "The name of components/schemas/Kind does not mean something alone."),
        (_split, "The name of components/schemas/Caller-Output does not mean something alone."),
        (_dangle, "#/components/schemas/Gone does not resolve."),
        (_copy, "components/schemas/Caller and OtherCaller are equal."),
        (_inline, "GET /v1/customers/{customer_id} 404 does not refer to the shared problem."),
        (_forget_the_gateway, "GET /v1/customers 401 does not have the bodies of service and gateway."),
        (_use_pydantics_keyword, "CustomerPage/properties/items/items/le is no keyword of JSON Schema."),
    ],
)
def test_a_fault_is_found(document: Document, spoil: Callable[[Document], None], fault: str) -> None:
    spoil(document)
    assert fault in faults(document)
