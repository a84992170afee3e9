"""Each service's OpenAPI document: valid, current, and about exactly the routes that its template has."""

import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import BaseModel

from functions.shared.service import Operation
from infra import openapi
from tests.support.routes import Route, declared
from tests.support.templates import Template


def document(template: Template) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = json.loads(template.path.with_name("openapi.json").read_text())
    return found


def operations(template: Template) -> list[Operation]:
    """What the template's functions serve."""
    return [operation for module in openapi.modules(template.path) for operation in module.app.operations]


def test_the_document_is_what_the_code_says(template: Template) -> None:
    stale = f"{template.path.with_name('openapi.json')} is stale: make openapi"
    assert template.path.with_name("openapi.json").read_text() == openapi.text(template.path), stale


def test_the_document_is_openapi_3_1(template: Template) -> None:
    assert document(template)["openapi"].startswith("3.1")
    validate(document(template))


def test_every_route_is_documented_with_its_scope_and_no_other_is(template: Template) -> None:
    documented = [
        Route(method.upper(), path, tuple(operation["security"][0]["oauth2"] if operation["security"] else ()))
        for path, methods in document(template)["paths"].items()
        for method, operation in methods.items()
    ]
    assert sorted(documented) == sorted(map(declared, template.routes.values()))


def test_every_operation_has_a_name_of_its_own(template: Template) -> None:
    names = [
        operation["operationId"] for methods in document(template)["paths"].values() for operation in methods.values()
    ]
    assert len(set(names)) == len(names)


def test_every_operation_says_how_it_ends_well(template: Template) -> None:
    for operation in operations(template):
        assert any(status < 400 for status in openapi.answers(operation)), f"{operation.method} {operation.path}"


def test_every_body_has_examples_that_fit_its_model_and_its_schema(template: Template) -> None:
    schemas = document(template)["components"]["schemas"]
    for operation in operations(template):
        if operation.body is None:
            continue
        examples = schemas[operation.body.__name__].get("examples")
        assert examples, f"{operation.body.__name__} needs an example, which a reader can send"
        for example in examples:
            assert_fits(operation.body, example, schemas)


def assert_fits(model: type[BaseModel], example: Any, schemas: dict[str, Any]) -> None:
    """An example is a body that is accepted, and its schema says so."""
    model.model_validate_json(json.dumps(example), strict=True)
    schema = {"$ref": f"#/components/schemas/{model.__name__}", "components": {"schemas": schemas}}
    Draft202012Validator(schema).validate(example)


@pytest.mark.parametrize("code", ["invalid_request", "internal_error"])
def test_what_every_route_can_answer_is_documented(template: Template, code: str) -> None:
    for methods in document(template)["paths"].values():
        for operation in methods.values():
            assert code in json.dumps(operation["responses"])
