"""The services' OpenAPI documents compared with the approved baseline: no client breaks."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from infra.generate.openapi.baseline import approved, current
from infra.generate.openapi.changes import breaking_changes

Document = dict[str, Any]
UPDATE = "If the change is deliberate: add a line to CHANGELOG.md and run make baseline."


@pytest.fixture(scope="module")
def unchanged() -> Document:
    """The current document."""
    return current()


@pytest.fixture
def document(unchanged: Document) -> Document:
    """The current document, which a test may change."""
    return copy.deepcopy(unchanged)


def test_no_change_breaks_a_client(unchanged: Document) -> None:
    assert breaking_changes(approved(), unchanged) == [], UPDATE


def test_the_baseline_contains_each_addition(unchanged: Document) -> None:
    # An addition is protected only if the baseline contains it.
    assert approved() == unchanged, "Run make baseline."


def _schema(document: Document, name: str) -> Document:
    schema: Document = document["components"]["schemas"][name]
    return schema


def _list(document: Document) -> Document:
    operation: Document = document["paths"]["/v1/customers"]["get"]
    return operation


def _parameter(document: Document, name: str) -> Document:
    return next(parameter for parameter in _list(document)["parameters"] if parameter["name"] == name)


def _remove_an_operation(document: Document) -> None:
    del document["paths"]["/v1/customers/{customer_id}"]["delete"]


def _remove_a_property(document: Document) -> None:
    del _schema(document, "Customer")["properties"]["language"]


def _remove_a_value(document: Document) -> None:
    _schema(document, "CustomerStatusReason")["enum"].remove("inactivity")


def _remove_a_response(document: Document) -> None:
    del document["paths"]["/v1/customers/{customer_id}"]["get"]["responses"]["304"]


def _remove_a_parameter(document: Document) -> None:
    _list(document)["parameters"].remove(_parameter(document, "phone"))


def _remove_a_media_type(document: Document) -> None:
    body = document["paths"]["/v1/customers/{customer_id}"]["patch"]["requestBody"]
    del body["content"]["application/merge-patch+json"]


def _require_a_member(document: Document) -> None:
    _schema(document, "CustomerDetails")["required"].append("phone")


def _require_a_parameter(document: Document) -> None:
    _parameter(document, "status")["required"] = True


def _require_another_scope(document: Document) -> None:
    _list(document)["security"] = [{"oauth2": ["customers/write"]}]


def _require_a_body(document: Document) -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    document["paths"]["/v1/customers/{customer_id}"]["delete"]["requestBody"] = {"required": True, "content": content}


def _lower_a_maximum(document: Document) -> None:
    _parameter(document, "limit")["schema"]["maximum"] = 50


def _raise_a_minimum(document: Document) -> None:
    _schema(document, "NewAddress")["properties"]["line1"]["minLength"] = 2


def _change_a_pattern(document: Document) -> None:
    _schema(document, "NewAddress")["properties"]["country"]["pattern"] = "^US$"


def _change_a_type(document: Document) -> None:
    _schema(document, "Customer")["properties"]["version"]["type"] = "string"


def _allow_null(document: Document) -> None:
    _schema(document, "Customer")["properties"]["email"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def _refuse_null(document: Document) -> None:
    choices = _schema(document, "CustomerDetails")["properties"]["phone"]["anyOf"]
    choices.remove({"type": "null"})


def _leave_out_a_member(document: Document) -> None:
    _schema(document, "Customer")["required"].remove("status")


def _list_the_values(document: Document) -> None:
    _schema(document, "NewAddress")["properties"]["city"]["enum"] = ["Paris"]


def _refuse_other_members(document: Document) -> None:
    _schema(document, "CustomerDetails")["properties"]["metadata"]["additionalProperties"] = False


@pytest.mark.parametrize(
    ("spoil", "change"),
    [
        (_remove_an_operation, "DELETE /v1/customers/{customer_id} is removed."),
        (_remove_a_property, "Customer.language is removed."),
        (_remove_a_value, "CustomerStatusReason lacks inactivity."),
        (_remove_a_response, "GET /v1/customers/{customer_id} 304 is removed."),
        (_remove_a_parameter, "GET /v1/customers phone is removed."),
        (_remove_a_media_type, "PATCH /v1/customers/{customer_id} body application/merge-patch+json is removed."),
        (_require_a_member, "CustomerDetails.phone is required."),
        (_require_a_parameter, "GET /v1/customers status is required."),
        (_require_another_scope, "GET /v1/customers needs another scope."),
        (_require_a_body, "DELETE /v1/customers/{customer_id} body is required."),
        (_lower_a_maximum, "GET /v1/customers limit has a lower maximum."),
        (_raise_a_minimum, "NewAddress.line1 has a higher minLength."),
        (_change_a_pattern, "NewAddress.country has another pattern."),
        (_change_a_type, "Customer.version has another type."),
        (_allow_null, "Customer.email[1] has another type."),
        (_refuse_null, "CustomerDetails.phone[1] has another type."),
        (_leave_out_a_member, "Customer.status may be missing."),
        (_list_the_values, "NewAddress.city allows fewer values."),
        (_refuse_other_members, "CustomerDetails.metadata refuses additional members."),
    ],
)
def test_a_breaking_change_is_found(
    unchanged: Document, document: Document, spoil: Callable[[Document], None], change: str
) -> None:
    spoil(document)
    assert change in breaking_changes(unchanged, document)


def _add_an_operation(document: Document) -> None:
    document["paths"]["/v1/customers/new"] = {"get": _list(document)}


def _add_an_optional_member(document: Document) -> None:
    _schema(document, "CustomerDetails")["properties"]["nickname"] = {"type": "string"}


def _add_a_value(document: Document) -> None:
    _schema(document, "CustomerStatusReason")["enum"].append("moved")


def _raise_a_maximum(document: Document) -> None:
    _parameter(document, "limit")["schema"]["maximum"] = 200


@pytest.mark.parametrize("extend", [_add_an_operation, _add_an_optional_member, _add_a_value, _raise_a_maximum])
def test_an_addition_is_not_breaking(
    unchanged: Document, document: Document, extend: Callable[[Document], None]
) -> None:
    extend(document)
    assert breaking_changes(unchanged, document) == []
