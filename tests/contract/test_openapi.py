"""Each service's OpenAPI document: valid, current, and about exactly the routes that its template has."""

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import BaseModel

from functions.shared.plain.problems import MalformedHeader, PreconditionFailed
from functions.shared.requests.caller import caller
from functions.shared.requests.etag import require_match
from functions.shared.requests.operations import Operation
from infra.generate.openapi import document as openapi
from infra.generate.openapi.schemas import answers
from infra.templates import ROOT
from tests.support.documents import served_document
from tests.support.routes import Route, declared
from tests.support.templates import Template, service_templates


def operations(template: Template) -> list[Operation]:
    """What the template's functions serve."""
    return [operation for module in openapi.modules(template.path) for operation in module.app.operations]


def test_the_document_is_what_the_code_says(template: Template) -> None:
    stale = f"{template.path.with_name('openapi.json')} is stale: make openapi"
    assert template.path.with_name("openapi.json").read_text(encoding="utf-8") == openapi.text(template.path), stale


def test_the_document_is_openapi_3_1(template: Template) -> None:
    assert served_document(template)["openapi"].startswith("3.1")
    validate(served_document(template))


def test_every_route_is_documented_with_its_scope_and_no_other_is(template: Template) -> None:
    documented = [
        Route(method.upper(), path, tuple(operation["security"][0]["oauth2"] if operation["security"] else ()))
        for path, methods in served_document(template)["paths"].items()
        for method, operation in methods.items()
    ]
    assert sorted(documented) == sorted(map(declared, template.routes.values()))


def test_every_operation_has_a_name_of_its_own(template: Template) -> None:
    names = [
        operation["operationId"]
        for methods in served_document(template)["paths"].values()
        for operation in methods.values()
    ]
    assert len(set(names)) == len(names)


def test_every_operation_says_how_it_ends_well(template: Template) -> None:
    for operation in operations(template):
        assert any(status < 400 for status in answers(operation)), f"{operation.method} {operation.path}"


def test_every_body_has_examples_that_fit_its_model_and_its_schema(template: Template) -> None:
    schemas = served_document(template)["components"]["schemas"]
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
    found = served_document(template)
    for methods in found["paths"].values():
        for operation in methods.values():
            assert code in documented_codes(found, operation)


def documented_codes(found: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The codes that are examples of an operation's problems, its own or those of the responses that it refers to."""
    shared = found["components"]["responses"]
    own = [shared[r["$ref"].rpartition("/")[2]] if "$ref" in r else r for r in operation["responses"].values()]
    bodies = [response.get("content", {}).get("application/problem+json", {}) for response in own]
    return {code for body in bodies for code in body.get("examples", {})}


def test_who_may_send_if_none_match_is_told_of_304_and_nobody_else(template: Template) -> None:
    for methods in served_document(template)["paths"].values():
        for method, operation in methods.items():
            sent = {parameter["name"] for parameter in operation["parameters"]}
            assert (method == "get" and "If-None-Match" in sent) == ("304" in operation["responses"])


def test_location_is_promised_where_something_is_created_that_can_be_read() -> None:
    documents = {
        path: json.loads(path.with_name("openapi.json").read_text(encoding="utf-8")) for path in service_templates()
    }
    promising = {
        f"{method.upper()} {path}"
        for found in documents.values()
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
        for response in operation["responses"].values()
        if "Location" in response.get("headers", {})
    }
    assert promising == {"POST /v1/customers"}


@pytest.mark.parametrize(
    ("header", "taken", "refused"),
    [
        ("Dossier-Actor", ["agent-7", "a@b.c", "usr 1"], ["", "123-45-6789", "123456789", "a,b", " a", "\u00e9"]),
        ("If-Match", ['"3"', "*", '"3", "4"', 'W/"3"'], ["3", "", '"3']),
    ],
)
def test_a_headers_pattern_is_what_the_code_takes(header: str, taken: list[str], refused: list[str]) -> None:
    found: dict[str, Any] = json.loads((ROOT / "functions" / "customer" / "openapi.json").read_text(encoding="utf-8"))
    parameters = [p for methods in found["paths"].values() for o in methods.values() for p in o["parameters"]]
    pattern = next(parameter["schema"]["pattern"] for parameter in parameters if parameter["name"] == header)
    assert [value for value in taken if re.search(pattern, value) is None] == []
    assert [value for value in refused if re.search(pattern, value)] == []
    for value in taken:
        judged(header, value)
    for value in refused:
        with pytest.raises(MalformedHeader):
            judged(header, value)


def test_an_operation_that_sometimes_needs_an_idempotency_key_documents_it() -> None:
    found: dict[str, Any] = json.loads((ROOT / "functions" / "credit" / "openapi.json").read_text(encoding="utf-8"))
    paths = found["paths"]
    texts = {
        path: parameter["description"]
        for path in ("/v1/credit/{customer_id}/inquiries", "/v1/credit/{customer_id}/scores")
        for parameter in paths[path]["post"]["parameters"]
        if parameter["name"] == "Idempotency-Key"
    }
    assert "Some requests need it" in texts["/v1/credit/{customer_id}/inquiries"]
    assert "Some requests need it" not in texts["/v1/credit/{customer_id}/scores"]


def judged(header: str, value: str) -> None:
    """Read a header as the services do."""
    if header == "Dossier-Actor":
        caller("client", value)
        return
    with suppress(PreconditionFailed):
        require_match(value, 3)


def test_the_bounds_of_limit_are_keywords_of_json_schema(template: Template) -> None:
    parameters = [
        parameter
        for methods in served_document(template)["paths"].values()
        for operation in methods.values()
        for parameter in operation["parameters"]
        if parameter["name"] == "limit"
    ]
    for parameter in parameters:
        assert (parameter["schema"]["minimum"], parameter["schema"]["maximum"]) == (1, 100)
        assert not {"ge", "le"} & set(parameter["schema"])
