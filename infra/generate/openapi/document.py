"""Writes each service's OpenAPI 3.1 document, openapi.json next to its template, from its routes and pydantic models.

    python -m infra.generate.openapi.document

The committed document costs a function no time. A test fails when it is stale.
"""

import importlib
import inspect
import json
import re
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from functions.shared.plain.ids import CUSTOMER_ID
from functions.shared.plain.problems import IdempotencyKeyRequired
from functions.shared.requests.operations import Operation
from functions.shared.requests.service import Service
from infra.generate.openapi.responses import body, responses, shared_examples, shared_responses
from infra.generate.openapi.schemas import Schemas
from infra.templates import ROOT, load, resources

TEMPLATES = [ROOT / "gateway_config" / "template.yaml", *sorted(ROOT.glob("functions/*/template.yaml"))]
# The document is at <base>/openapi/<name>.
_SERVERS = [{"url": "..", "description": "The gateway that serves this document"}]

_PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "customer_id": {
        "description": "Id of the customer",
        "schema": {
            "type": "string",
            "pattern": f"^{CUSTOMER_ID.pattern}$",
            "examples": ["cus_01M81ZSH2FGSN7PEVEX7N32QYS"],
        },
    },
    "name": {"description": "Name of the service", "schema": {"type": "string", "examples": ["customer"]}},
    "asset_name": {"description": "Name of the file", "schema": {"type": "string", "examples": ["viewer.js"]}},
}
# RFC 9110, section 8.8.3: one tag or several, or any version.
_TAGS = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
_REQUEST_HEADERS = {
    "If-Match": (_TAGS, "ETag of the version that you read", '"3"'),
    "If-None-Match: *": (r"^\*$", "Create only: 412 if the resource exists", "*"),
    "If-None-Match": (_TAGS, "ETag of the version that you have: 304 if it is current", '"3"'),
    "Idempotency-Key": (
        r"^[!-~]([ -~]{0,253}[!-~])?$",
        "The same in each attempt of one request; kept for 24 hours",
        "4c8f5a0e-6f1b-4c3e-9a55-0d1f6f0f8f2e",
    ),
    "Dossier-Actor": (
        r"^(?![0-9]{3}-?[0-9]{2}-?[0-9]{4}$)[!-+\--~]([ -+\--~]{0,126}[!-+\--~])?$",
        "Opaque id of the person that the client acts for",
        "usr_0001",
    ),
}


def main() -> None:
    """Write every document."""
    for template in TEMPLATES:
        template.with_name("openapi.json").write_text(text(template), encoding="utf-8")


def text(template: Path) -> str:
    """Return the text of the document of a template's service."""
    version = load(template)["Parameters"]["ServiceVersion"]["Default"]
    return json.dumps(document(modules(template), version), indent=2, ensure_ascii=False) + "\n"


def modules(template: Path) -> list[ModuleType]:
    """Return the modules with an application `app` among the handlers of a template's functions."""
    handlers = [function["Handler"] for function in resources(load(template), "AWS::Serverless::Function").values()]
    found = [importlib.import_module(handler.rpartition(".")[0]) for handler in handlers]
    return [module for module in found if isinstance(getattr(module, "app", None), Service)]


def document(served: list[ModuleType], version: str) -> dict[str, Any]:
    """Return the OpenAPI document of a version of the service that these modules contain."""
    name = served[0].app.app_name
    operations = list(chain.from_iterable(module.app.operations for module in served))
    schemas = Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in sorted(operations, key=lambda operation: operation.path):
        paths.setdefault(operation.path, {})[operation.method.lower()] = described(operation, name, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Dossier {name}",
            "version": version,
            "description": "\n\n".join((module.__doc__ or "").strip() for module in served),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": _SERVERS,
        "tags": [{"name": name}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": shared_responses(operations, schemas),
            "examples": shared_examples(operations),
            "securitySchemes": {"oauth2": oauth2(operations)},
        },
    }


def described(operation: Operation, service: str, schemas: Schemas) -> dict[str, Any]:
    """Return an Operation Object."""
    summary, _, description = inspect.cleandoc(operation.view.__doc__ or "").partition("\n")
    found: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "summary": summary.rstrip("."),
        "description": description.strip() or summary,
        "tags": [service],
        "security": [{"oauth2": [operation.scope]}] if operation.scope else [],
        "parameters": parameters(operation, schemas),
        "responses": responses(operation, schemas),
    }
    if operation.body:
        content = {media_type: body(schemas.sent(operation.body), schemas) for media_type in operation.media_types}
        found["requestBody"] = {"required": True, "content": content}
    return found


def parameters(operation: Operation, schemas: Schemas) -> list[dict[str, Any]]:
    """Return the Parameter Objects of the path, the query and the headers."""
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, **(_PATH_PARAMETERS.get(name) or id_parameter(name))}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    query = schemas.query(operation.query)
    for name, schema in query.get("properties", {}).items():
        required = name in query.get("required", [])
        described = present(schema)
        description = {"description": described.pop("description")} if "description" in described else {}
        found.append({"name": name, "in": "query", "required": required, **description, "schema": described})
    for header in operation.documentation.get("headers", ()):
        name = header.removesuffix("!")
        pattern, text, example = _REQUEST_HEADERS[name]
        schema = {"type": "string", "pattern": pattern, "examples": [example]}
        required = header.endswith("!")
        sometimes = IdempotencyKeyRequired in operation.documentation.get("problems", ())
        if name == "Idempotency-Key" and sometimes and not required:
            text += ". Some requests need it: see the operation"
        name = name.removesuffix(": *")
        found.append({"name": name, "in": "header", "required": required, "description": text, "schema": schema})
    return found


def id_parameter(name: str) -> dict[str, Any]:
    """Return the description and schema of the id of a resource, such as `loan_id`."""
    noun = name.removesuffix("_id")
    example = f"{noun}_01M81ZSH2FGSN7PEVEX7N32QYS"
    return {"description": f"Id of the {noun}", "schema": {"type": "string", "examples": [example]}}


def present(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a query parameter that is sent, so it is not null."""
    stated = {name: member for name, member in schema.items() if not (name == "default" and member is None)}
    choices = [choice for choice in stated.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **stated}
    return {**stated, **({"anyOf": choices} if choices else {})}


def oauth2(operations: list[Operation]) -> dict[str, Any]:
    """Return the Security Scheme Object for client credentials of the gateway's user pool."""
    scopes = {operation.scope: "" for operation in operations if operation.scope}
    flow = {"tokenUrl": "/oauth2/token", "scopes": dict(sorted(scopes.items()))}
    return {"type": "oauth2", "description": "A token of the gateway's user pool", "flows": {"clientCredentials": flow}}


if __name__ == "__main__":
    main()
