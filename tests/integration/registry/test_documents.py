"""The registry asks the services for their OpenAPI documents."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from gateway_config.registry.documents import DocumentResult, Unavailable, parsed
from gateway_config.registry.documents import document as resource
from gateway_config.registry.models import RegisteredService
from gateway_config.registry.polling import MAX_BYTES, Poller
from gateway_config.registry.shapes import Document
from tests.integration.registry.services import (
    HANGS,
    Reply,
    Services,
    answering,
    document,
    encoded,
    operation,
    registered,
)
from tests.support.loopback import serving

Serve = Callable[[dict[str, Reply]], Services]
GOOD = document({"/v1/loans": {"get": operation()}})
NOT_OPENAPI = "The document is not OpenAPI 3.1."
DANGLING = "The document refers to a component that it does not contain."


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts services, which end with the test."""
    with ExitStack() as servers:
        yield lambda replies: servers.enter_context(serving(Services(replies)))


def reason(found: DocumentResult) -> str:
    """Why there is no document; nothing if there is one."""
    return found.reason if isinstance(found, Unavailable) else ""


def test_each_service_is_asked_for_its_own_document(serve: Serve) -> None:
    server = serve(
        {
            "/openapi/good": (200, encoded(GOOD)),
            "/openapi/garbled": (200, b"\xff<html>"),
            "/openapi/failing": (503, b"{}"),
            "/openapi/large": (200, b" " * MAX_BYTES + encoded(GOOD)),
            "/openapi/a%2Fb": (200, encoded(GOOD)),
        }
    )
    names = ["good", "garbled", "failing", "large", "missing", "a/b"]
    found = Poller(resource(b""), server.url).results(map(registered, names), {})
    assert {name: reason(answer) for name, answer in found.items()} == {
        "good": "",
        "garbled": NOT_OPENAPI,
        "failing": "The service returns its document with status 503.",
        "large": f"The document has more than {MAX_BYTES} bytes.",
        "missing": "The service returns its document with status 404.",
        "a/b": "",
    }
    assert len(server.asked) == len(names)


def test_a_connection_is_used_again_after_a_document_that_was_too_large(serve: Serve) -> None:
    server = serve({"/openapi/large": (200, b" " * 3 * MAX_BYTES), "/openapi/good": (200, encoded(GOOD))})
    documents = Poller(resource(b""), server.url)
    assert reason(documents.results([registered("large")], {})["large"])
    assert reason(documents.results([registered("good")], {})["good"]) == ""


def test_the_registry_knows_its_own_and_who_has_no_route_is_not_asked(serve: Serve) -> None:
    server = serve({})
    mute = RegisteredService(name="mute", version="1", owner="o", docs="d", routes=[], problems=[])
    found = Poller(resource(encoded(GOOD)), server.url).results([registered("registry"), mute], {})
    assert isinstance(found["registry"], Document)
    assert reason(found["mute"]) == "The route GET /openapi/mute is missing."
    assert server.asked == []


def test_a_document_is_asked_for_once_in_five_seconds(serve: Serve) -> None:
    server = serve({"/openapi/loan": (200, encoded(GOOD))})
    now = [100.0]
    documents = Poller(resource(b""), server.url, clock=lambda: now[0])
    assert documents.results([registered("loan")], {}) == documents.results([registered("loan")], {})
    assert len(server.asked) == 1
    now[0] += 5.1
    server.replies = {}
    assert (
        reason(documents.results([registered("loan")], {})["loan"])
        == "The service returns its document with status 404."
    )


def test_services_that_hang_hold_up_no_other(serve: Serve) -> None:
    hanging = [f"hanging-{number}" for number in range(20)]
    replies = {f"/openapi/{name}": HANGS for name in hanging}
    server = serve({"/openapi/good": (200, encoded(GOOD)), **replies})
    began = time.monotonic()
    found = Poller(resource(b""), server.url).results(map(registered, ["good", *hanging]), {})
    assert time.monotonic() - began < 4
    assert reason(found["good"]) == ""
    assert {reason(found[name]) for name in hanging} == {"The service does not respond."}


def test_a_gateway_that_refuses_connections_makes_every_document_unavailable(serve: Serve) -> None:
    server = serve({})
    server.shutdown()
    server.server_close()
    assert (
        reason(Poller(resource(b""), server.url).results([registered("loan")], {})["loan"])
        == "The service does not respond."
    )


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "text",
        {},
        {**GOOD, "openapi": "3.0.3"},
        {**GOOD, "openapi": "2.0"},
        {**GOOD, "openapi": 3.1},
        {**GOOD, "info": {}},
        {**GOOD, "paths": []},
        {**GOOD, "paths": {"v1": {}}},
        {**GOOD, "components": []},
        {**GOOD, "components": {"schemas": {"a b": {}}}},
        {**GOOD, "components": {"responses": {"a": {}}}},
        document({"/a": {"get": "text"}}),
        document({"/a": {"get": {}}}),
        document({"/a": {"get": {"responses": {}}}}),
        document({"/a": {"get": {"responses": {"1000": {"description": "d"}}}}}),
        document({"/a": {"get": {"responses": {"200": {}}}}}),
        document({"/a": {"get": operation(parameters=["a"])}}),
        document({"/a": {"get": operation(parameters=[{"name": "a", "in": "body"}])}}),
        document({"/a": {"get": operation(requestBody={})}}),
    ],
)
def test_what_has_another_shape_is_no_document(found: Any) -> None:
    assert reason(parsed(encoded(found))) == NOT_OPENAPI


def test_what_is_nested_too_deep_is_no_document() -> None:
    assert reason(parsed(b'{"openapi":' + b"[" * 100_000)) == NOT_OPENAPI


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/Missing",
        "#/components/securitySchemes/oauth2",
        "#/paths/~1a",
        "other.json",
        "https://elsewhere.test/schema.json",
    ],
)
def test_a_document_that_refers_to_anything_but_its_own_components_is_refused(reference: str) -> None:
    for part in (
        document({"/a": {"get": operation(responses={"200": {"$ref": reference}})}}),
        document({"/a": {"get": answering("A")}}, {"A": {"properties": {"b": {"items": {"$ref": reference}}}}}),
        document({"/a": {"parameters": [{"$ref": reference}], "get": operation()}}),
    ):
        assert reason(parsed(encoded(part))) == DANGLING


@pytest.mark.parametrize(
    "schema",
    [
        {"$id": "https://elsewhere.test/schema"},
        {"$dynamicRef": "#meta"},
        {"properties": {"a": {"$recursiveRef": "#"}}},
        {"discriminator": {"propertyName": "kind", "mapping": {"x": "https://elsewhere.test/x"}}},
        {"discriminator": {"propertyName": "kind", "mapping": {"x": "other.json"}}},
    ],
)
def test_a_schema_that_leads_elsewhere_is_refused(schema: Any) -> None:
    assert reason(parsed(encoded(document({"/a": {"get": answering("A")}}, {"A": schema})))) == DANGLING


def test_an_example_that_lies_elsewhere_is_refused() -> None:
    content = {"application/json": {"examples": {"a": {"externalValue": "https://elsewhere.test/a"}}}}
    answer = {"200": {"description": "OK", "content": content}}
    assert reason(parsed(encoded(document({"/a": {"get": operation(responses=answer)}})))) == DANGLING


def test_links_and_servers_are_dropped_wherever_they_stand() -> None:
    link = {"operationRef": "https://elsewhere.test/openapi.json#/paths", "server": {"url": "https://elsewhere.test"}}
    answer = {"200": {"description": "OK", "links": {"next": link}}}
    servers = [{"url": "https://elsewhere.test"}]
    told = document({"/a": {"servers": servers, "get": operation(responses=answer, servers=servers)}}, servers=servers)
    told["components"]["links"] = {"next": link}
    found = parsed(encoded(told))
    assert isinstance(found, Document)
    assert "elsewhere" not in found.model_dump_json(by_alias=True)


def test_a_discriminator_may_name_schemas_of_the_document() -> None:
    mapping = {"a": "A", "b": "#/components/schemas/B"}
    schemas = {"A": {"discriminator": {"propertyName": "kind", "mapping": mapping}}, "B": {}}
    assert reason(parsed(encoded(document({"/a": {"get": answering("A")}}, schemas)))) == ""


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5000])
def test_a_number_that_json_cannot_hold_is_refused(number: bytes) -> None:
    body = encoded(document({"/a": {"get": answering("A")}}, {"A": {"maximum": "number"}}))
    found = parsed(body.replace(b'"number"', number))
    assert reason(found) in {"The document contains a number that JSON does not allow.", NOT_OPENAPI}


def test_a_property_may_be_called_like_a_reference() -> None:
    names = ("$ref", "$id", "propertyName", "mapping", "discriminator")
    schema = {"A": {"properties": {name: {"type": "string", "description": "a/b"} for name in names}}}
    assert reason(parsed(encoded(document({"/a": {"get": answering("A")}}, schema)))) == ""
