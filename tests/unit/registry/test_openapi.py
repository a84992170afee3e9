"""The merged OpenAPI document."""

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from gateway_config.registry.components import differing
from gateway_config.registry.documents import DocumentResult, Unavailable, parsed
from gateway_config.registry.models import RegisteredRoute, RegisteredService
from gateway_config.registry.openapi import About, merged
from gateway_config.registry.shapes import Document
from tests.integration.registry.services import answering, document, encoded, operation, registered

ABOUT = About(version="1.0.0", token_url="https://auth.test/oauth2/token", gateway_url="https://api.test/base")


def merge(services: Iterable[RegisteredService], **documents: Any) -> Any:
    """The merged document, which is valid whatever it was made from."""
    services = list(services)
    missing: DocumentResult = Unavailable(reason="The service does not respond.")
    found = {s.name: parsed(encoded(documents[s.name])) if s.name in documents else missing for s in services}
    document = json.loads(json.dumps(merged(services, found, ABOUT)))
    validate(document)
    return document


def schema_of(document: Any, path: str) -> Any:
    """The schema that an operation answers with, references resolved."""
    content = document["paths"][path]["get"]["responses"]["200"]["content"]
    return resolved(document, content["application/json"]["schema"])


def resolved(document: Any, part: Any) -> Any:
    """A part of a document with what its references lead to in their place."""
    if isinstance(part, list):
        return [resolved(document, member) for member in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        _, _, kind, name = part["$ref"].split("/")
        return resolved(document, document["components"][kind][name])
    return {name: resolved(document, member) for name, member in part.items()}


def ref(name: str) -> dict[str, str]:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def test_without_services_it_is_valid_too() -> None:
    assert merge([])["paths"] == {}


def test_it_says_what_is_registered_and_not_what_documents_tell() -> None:
    told = document({"/v1/loans": {"get": operation(), "post": operation()}, "/v1/other": {"get": operation()}})
    merged = merge([registered("loan", "GET /v1/loans", "DELETE /v1/loans", scopes=("loans/read",))], loan=told)
    assert sorted(merged["paths"]) == ["/health/loan", "/openapi/loan", "/v1/loans"]
    assert sorted(merged["paths"]["/v1/loans"]) == ["delete", "get"]
    assert merged["paths"]["/v1/loans"]["delete"]["summary"] == "Undocumented operation"


def test_scopes_come_from_the_route_table_and_any_one_of_them_opens_a_route() -> None:
    told = document({"/v1/loans": {"get": operation(security=[], tags=["other"], servers=[{"url": "https://x.test"}])}})
    merged = merge([registered("loan", "GET /v1/loans", scopes=("loans/read", "loans/write"))], loan=told)
    found = merged["paths"]["/v1/loans"]["get"]
    assert found["security"] == [{"oauth2": ["loans/read"]}, {"oauth2": ["loans/write"]}, {"bearer": []}]
    assert found["tags"] == ["loan"]
    assert "servers" not in found
    assert merged["paths"]["/health/loan"]["get"]["security"] == []


def test_a_services_texts_of_scopes_are_kept_and_its_token_urls_are_not() -> None:
    flow = {"tokenUrl": "https://x.test", "scopes": {"loans/read": "Read loans", "loans/gone": "Not in any route"}}
    schemes = {"oauth2": {"type": "oauth2", "flows": {"clientCredentials": flow}}, "key": {"type": "apiKey"}}
    told = {**document({}), "components": {"securitySchemes": schemes}}
    merged = merge([registered("loan", "GET /v1/loans", scopes=("loans/read",))], loan=told)
    schemes = merged["components"]["securitySchemes"]
    assert sorted(schemes) == ["bearer", "oauth2"]
    assert schemes["oauth2"]["flows"]["clientCredentials"] == {
        "tokenUrl": ABOUT.token_url,
        "scopes": {"loans/read": "Read loans"},
    }


def test_who_is_not_described_is_named_and_its_routes_are_there() -> None:
    merged = merge([registered("loan", "PUT /v1/loans/{loan_id}", scopes=("loans/write",))])
    assert merged["x-unavailable"] == [{"service": "loan", "reason": "The service does not respond."}]
    assert "- loan: The service does not respond." in merged["info"]["description"]
    put = merged["paths"]["/v1/loans/{loan_id}"]["put"]
    assert [(parameter["name"], parameter["in"]) for parameter in put["parameters"]] == [("loan_id", "path")]
    assert put["security"] == [{"oauth2": ["loans/write"]}, {"bearer": []}]


def test_a_route_for_any_method_has_those_that_its_document_tells_of() -> None:
    told = document({"/v1/loans": {"get": operation(), "patch": operation(operationId="change")}})
    assert sorted(merge([registered("loan", "ANY /v1/loans")], loan=told)["paths"]["/v1/loans"]) == ["get", "patch"]
    assert len(merge([registered("loan", "ANY /v1/loans")])["paths"]["/v1/loans"]) == 5


def test_a_greedy_route_is_a_parameter_and_the_default_route_is_no_path() -> None:
    service = registered("loan", "GET /v1/loans/{rest+}")
    service.routes.append(RegisteredRoute(method="", path="$default", scopes=[]))
    paths = merge([service])["paths"]
    assert "/v1/loans/{rest}" in paths
    assert len(paths) == 3


def test_parameters_of_a_path_are_those_of_its_operations_unless_they_have_their_own() -> None:
    shared = [{"name": "a", "in": "query", "description": "path"}, {"name": "b", "in": "query"}]
    own = [{"name": "a", "in": "query", "description": "own"}]
    told = document({"/v1/loans": {"parameters": shared, "get": operation(parameters=own)}})
    for parameter in (*shared, *own):
        parameter["schema"] = {"type": "string"}  # type: ignore[assignment]
    found = merge([registered("loan", "GET /v1/loans")], loan=told)["paths"]["/v1/loans"]["get"]["parameters"]
    assert {parameter["name"]: parameter.get("description") for parameter in found} == {"a": "own", "b": None}


def test_what_two_services_define_alike_is_there_once() -> None:
    schemas = {"Problem": {"type": "object", "properties": {"code": ref("Code")}}, "Code": {"type": "string"}}
    told = {name: document({f"/v1/{name}": {"get": answering("Problem")}}, schemas) for name in ("a", "b")}
    merged = merge([registered("a", "GET /v1/a"), registered("b", "GET /v1/b")], **told)
    assert sorted(merged["components"]["schemas"]) == ["Code", "Problem"]


def test_what_refers_to_itself_is_there_once_too() -> None:
    tree = {"Tree": {"type": "object", "properties": {"branches": {"type": "array", "items": ref("Tree")}}}}
    told = {name: document({f"/v1/{name}": {"get": answering("Tree")}}, tree) for name in ("a", "b")}
    assert list(
        merge([registered("a", "GET /v1/a"), registered("b", "GET /v1/b")], **told)["components"]["schemas"]
    ) == ["Tree"]


def test_what_they_define_differently_goes_by_their_names_and_so_does_what_refers_to_it() -> None:
    mapping = {"x": ref("Item")["$ref"]}
    page = {"Page": {"items": ref("Item"), "discriminator": {"propertyName": "kind", "mapping": mapping}}}
    one = document({"/v1/a": {"get": answering("Page")}}, {**page, "Item": {"type": "string"}})
    other = document({"/v1/b": {"get": answering("Page")}}, {**page, "Item": {"type": "integer"}, "Unused": {}})
    merged = merge([registered("a", "GET /v1/a"), registered("b", "GET /v1/b")], a=one, b=other)
    assert sorted(merged["components"]["schemas"]) == ["a.Item", "a.Page", "b.Item", "b.Page"]
    assert schema_of(merged, "/v1/b")["items"] == {"type": "integer"}
    assert merged["components"]["schemas"]["b.Page"]["discriminator"]["mapping"] == {"x": "#/components/schemas/b.Item"}


def test_a_name_that_is_taken_is_not_given() -> None:
    one = document({"/v1/a": {"get": answering("X")}}, {"X": {"type": "string"}})
    both = {"type": "object", "properties": {"x": ref("X"), "y": ref("a.X")}}
    other = document({"/v1/b": {"get": answering("Both")}}, {"X": {}, "a.X": {"type": "null"}, "Both": both})
    merged = merge([registered("a", "GET /v1/a"), registered("b", "GET /v1/b")], a=one, b=other)
    assert sorted(merged["components"]["schemas"]) == ["Both", "a.X", "a.X_2", "b.X"]
    assert schema_of(merged, "/v1/a") == {"type": "string"}
    assert schema_of(merged, "/v1/b")["properties"] == {"x": {}, "y": {"type": "null"}}


@pytest.mark.parametrize("order", [1, -1])
def test_a_method_of_its_own_is_shown_rather_than_any_and_a_path_of_its_own_rather_than_a_greedy_one(
    order: int,
) -> None:
    service = registered("own")
    keys = [("ANY", "/v1/{x+}"), ("GET", "/v1/{x+}"), ("ANY", "/v1/{x}"), ("GET", "/v1/{x}")][::order]
    service.routes += [
        RegisteredRoute(method=method, path=path, scopes=[f"own/{method}{path}"]) for method, path in keys
    ]
    shown = merge([service])["paths"]["/v1/{x}"]
    assert shown["get"]["security"][0] == {"oauth2": ["own/GET/v1/{x}"]}
    assert shown["put"]["security"][0] == {"oauth2": ["own/ANY/v1/{x}"]}


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        ("ANY /v1/a", "GET /v1/a"),
        ("GET /v1/{x+}", "GET /v1/{x}"),
        ("GET /v1/{x+}", "ANY /v1/{x}"),
        ("ANY /v1/{x+}", "GET /v1/{x+}"),
    ],
)
@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_where_two_services_have_an_operation_the_narrower_routes_is_shown_and_the_other_named(
    broad: str, narrow: str, names: tuple[str, str]
) -> None:
    path = narrow.partition(" ")[2].replace("+", "")
    parameters = [{"name": "x", "in": "path", "required": True, "schema": {}}] if "{" in path else []
    told = {name: document({path: {"get": operation(summary=f"Of {name}", parameters=parameters)}}) for name in names}
    services = [registered(names[0], broad), registered(names[1], narrow)]
    merged = merge(sorted(services, key=lambda service: service.name), **told)
    assert merged["paths"][path]["get"]["summary"] == f"Of {names[1]}"
    reason = f"GET {path} is a more specific route of {names[1]}."
    assert merged["x-unavailable"] == [{"service": names[0], "reason": reason}]
    assert f"- {names[0]}: {reason}" in merged["info"]["description"]


def test_a_chain_of_many_schemas_is_merged_in_time_that_grows_with_it() -> None:
    length = 5000
    chain: dict[str, Any] = {f"S{number}": {"items": ref(f"S{number + 1}")} for number in range(length)}
    components = [
        Document.model_validate(document({}, {**chain, f"S{length}": {"type": kind}})).definitions()
        for kind in ("string", "integer")
    ]
    began = time.process_time()
    assert len(differing(components)) == length + 1
    assert time.process_time() - began < 2


def test_every_operation_has_an_id_of_its_own() -> None:
    told = {name: document({f"/v1/{name}": {"get": operation()}}) for name in ("a", "b")}
    merged = merge([registered("a", "GET /v1/a", "PUT /v1/a"), registered("b", "GET /v1/b")], **told)
    ids = [found["operationId"] for item in merged["paths"].values() for found in item.values()]
    assert len(set(ids)) == len(ids)
    assert {"a_read", "b_read", "a_put_v1_a"} <= set(ids)


names = st.sampled_from(["A", "B", "a.A", "C"])
schemas = st.dictionaries(
    names,
    st.one_of(
        st.sampled_from([{"type": "string"}, {"type": "integer"}, {"minimum": 1}, {"minimum": 1.0}]),
        st.lists(names, max_size=2).map(lambda ahead: {"properties": {name: {"items": name} for name in ahead}}),
    ),
    min_size=1,
)


def closed(found: dict[str, Any], depth: int = 3) -> dict[str, Any]:
    """Schemas whose properties refer to one another, to a certain depth and to nothing that is not there."""
    finite: dict[str, Any] = {}
    for position, (name, schema) in enumerate(sorted(found.items())):
        earlier = sorted(found)[max(0, position - depth) : position]
        ahead = [other for other in schema.get("properties", {}) if other in earlier]
        finite[name] = {"properties": {other: ref(other) for other in ahead}} if "properties" in schema else schema
    return finite


@given(st.lists(schemas.map(closed), min_size=1, max_size=3))
@settings(max_examples=60)
def test_merging_changes_what_no_operation_means(found: list[dict[str, Any]]) -> None:
    services = ["a", "a.b", "b"][: len(found)]
    told = {
        service: document({f"/v1/{service}/{name}": {"get": answering(name)} for name in schemas}, schemas)
        for service, schemas in zip(services, found, strict=True)
    }
    keys = {service: [f"GET {path}" for path in document["paths"]] for service, document in told.items()}
    merged = merge([registered(service, *keys[service]) for service in services], **told)
    for service in services:
        for path in told[service]["paths"]:
            assert schema_of(merged, path) == schema_of(told[service], path)


def test_the_server_is_the_gateways_absolute_url() -> None:
    assert merged([], {}, ABOUT)["servers"] == [
        {"url": "https://api.test/base", "description": "The gateway", "x-internal": False}
    ]
