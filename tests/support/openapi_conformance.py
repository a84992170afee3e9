"""Holds every response of a service in a test to the service's OpenAPI document."""

import json
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from infra.templates import ROOT

# A stage may put public routes behind a scope, which their documents do not have.
_OF_CLOSED_STAGES = {401, 403}


def check_response(route_key: str, status: int, media_type: str, body: str) -> None:
    """Fail unless the operation documents the status, the media type and the body; other routes than ours pass.

    Args:
        route_key: method and path, such as `GET /v1/customers/{customer_id}`.
        status: of the response.
        media_type: its Content-Type; empty without a body.
        body: its text.
    """
    document = _documents().get(route_key)
    if document is None:
        return
    method, _, path = route_key.partition(" ")
    operation = document["paths"][path][method.lower()]
    if status in _OF_CLOSED_STAGES and not operation["security"]:
        return
    assert str(status) in operation["responses"], f"{route_key} does not document {status}: {body}"
    response = operation["responses"][str(status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response.get("content", {})
    if not content:
        return
    assert media_type in content, f"{route_key} {status} does not document {media_type}"
    _validator(route_key, json.dumps(content[media_type]["schema"])).validate(json.loads(body))


@cache
def _documents() -> dict[str, Any]:
    files = [ROOT / "gateway_config" / "openapi.json", *sorted(ROOT.glob("functions/*/openapi.json"))]
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return {
        f"{method.upper()} {path}": document
        for document in documents
        for path, methods in document["paths"].items()
        for method in methods
    }


@cache
def _validator(route_key: str, schema: str) -> Any:
    return Draft202012Validator({**json.loads(schema), "components": _documents()[route_key]["components"]})
