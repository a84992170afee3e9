"""The reference explains each operation, parameter, property and response, with examples that are valid."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from tests.support.documents import served_document
from tests.support.reference import gaps
from tests.support.templates import Template, service_templates

Document = dict[str, Any]


def test_the_reference_has_no_gaps(template: Template) -> None:
    assert gaps(served_document(template)) == []


def test_examples_of_bodies_fit_their_schemas(template: Template) -> None:
    document = served_document(template)
    schemas = document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in [content for body in bodies for content in body.get("content", {}).values()]:
                validator = Draft202012Validator({**content["schema"], "components": {"schemas": schemas}})
                for example in [example for example in content["examples"].values() if "value" in example]:
                    validator.validate(example["value"])


@pytest.fixture
def document() -> Document:
    """The customer service's document, which a test may change."""
    (path,) = [path for path in service_templates() if path.parent.name == "customer"]
    return served_document(Template.read(path))


def _create(document: Document) -> Document:
    operation: Document = document["paths"]["/v1/customers"]["post"]
    return operation


def _lengthen_a_summary(document: Document) -> None:
    _create(document)["summary"] = "Create a customer or change one that exists"


def _state_a_summary(document: Document) -> None:
    _create(document)["summary"] = "Creates a customer"


def _repeat_a_summary(document: Document) -> None:
    _create(document)["description"] = _create(document)["summary"]


def _forget_the_scope(document: Document) -> None:
    _create(document)["description"] = "Stores a customer."


def _shorten_an_id(document: Document) -> None:
    _create(document)["operationId"] = "create"


def _remove_the_tags(document: Document) -> None:
    _create(document)["tags"] = []


def _leave_a_parameter_undescribed(document: Document) -> None:
    _create(document)["parameters"][0]["description"] = ""


def _leave_a_parameter_without_example(document: Document) -> None:
    del _create(document)["parameters"][0]["schema"]["examples"]


def _use_the_phrase(document: Document) -> None:
    _create(document)["responses"]["201"]["description"] = "Created"


def _leave_a_response_without_example(document: Document) -> None:
    del _create(document)["responses"]["201"]["content"]["application/json"]["examples"]


def _leave_a_header_undescribed(document: Document) -> None:
    del _create(document)["responses"]["201"]["headers"]["Location"]["description"]


def _leave_a_header_without_example(document: Document) -> None:
    del _create(document)["responses"]["201"]["headers"]["Location"]["schema"]["examples"]


def _leave_a_problem_without_example(document: Document) -> None:
    del _create(document)["responses"]["409"]["content"]["application/problem+json"]["examples"]


def _leave_a_request_without_example(document: Document) -> None:
    del _create(document)["requestBody"]["content"]["application/json"]["examples"]


def _leave_a_property_undescribed(document: Document) -> None:
    del document["components"]["schemas"]["Customer"]["properties"]["email"]["description"]


def _leave_a_property_without_example(document: Document) -> None:
    del document["components"]["schemas"]["Customer"]["properties"]["email"]["examples"]


@pytest.mark.parametrize(
    ("spoil", "gap"),
    [
        (_lengthen_a_summary, "POST /v1/customers: the summary is no imperative of at most 6 words."),
        (_state_a_summary, "POST /v1/customers: the summary is no imperative of at most 6 words."),
        (_repeat_a_summary, "POST /v1/customers has no description."),
        (_forget_the_scope, "POST /v1/customers: the description does not name the scope."),
        (_shorten_an_id, "POST /v1/customers: the operationId is no verb with a noun."),
        (_remove_the_tags, "POST /v1/customers has no tag."),
        (_leave_a_parameter_undescribed, "POST /v1/customers Idempotency-Key has no description."),
        (_leave_a_parameter_without_example, "POST /v1/customers Idempotency-Key has no example."),
        (_use_the_phrase, "POST /v1/customers 201 has no description."),
        (_leave_a_response_without_example, "POST /v1/customers 201 has no example."),
        (_leave_a_header_undescribed, "POST /v1/customers 201 Location has no description."),
        (_leave_a_header_without_example, "POST /v1/customers 201 Location has no example."),
        (_leave_a_problem_without_example, "POST /v1/customers 409 has no example."),
        (_leave_a_request_without_example, "POST /v1/customers body has no example."),
        (_leave_a_property_undescribed, "Customer.email has no description."),
        (_leave_a_property_without_example, "Customer.email has no example."),
    ],
)
def test_a_gap_is_found(document: Document, spoil: Callable[[Document], None], gap: str) -> None:
    spoil(document)
    assert gap in gaps(document)
