"""Writes each service's OpenAPI 3.1 document, openapi.json beside its template, from its routes and pydantic models.

    python -m infra.openapi

The document is written when the code changes, not when it is asked for, so that it costs a function nothing; a test
fails when it is stale. pydantic makes the schemas; routes and the rest are `Service.operations`.
"""

import importlib
import json
import re
from http import HTTPStatus
from itertools import chain, groupby
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from functions.shared import problems
from functions.shared.ids import CUSTOMER_ID
from functions.shared.pages import Page, PageQuery
from functions.shared.problems import Problem
from functions.shared.service import Operation, Service
from infra.templates import ROOT, load, resources

TEMPLATES = [ROOT / "gateway_config" / "template.yaml", *sorted(ROOT.glob("functions/*/template.yaml"))]
_REFERENCE = "#/components/schemas/{model}"
# The document's own place is <base>/openapi/<name>.
_SERVERS = [{"url": "..", "description": "The gateway that serves this document"}]

_PATH_PARAMETERS = {
    "customer_id": {
        "type": "string",
        "pattern": f"^{CUSTOMER_ID.pattern}$",
        "examples": ["cus_01M81ZSH2FGSN7PEVEX7N32QYS"],
    }
}
# RFC 9110, section 8.8.3: one tag or several, or any version.
_TAGS = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
_REQUEST_HEADERS = {
    "If-Match": (_TAGS, "The ETag of the version that is to be changed"),
    "If-None-Match: *": (r"^\*$", "Create only: 412 if the resource exists"),
    "If-None-Match": (_TAGS, "The ETag of the version that is known: 304 while it is current"),
    "Idempotency-Key": (r"^[!-~]([ -~]{0,253}[!-~])?$", "The same in each attempt of one request; kept for 24 hours"),
    "Dossier-Actor": (
        r"^(?![0-9]{3}-?[0-9]{2}-?[0-9]{4}$)[!-+\--~]([ -+\--~]{0,126}[!-+\--~])?$",
        "Opaque id of the person that the client acts for",
    ),
}
_RESPONSE_HEADERS = {
    "Dossier-Request-Id": "Names this request in logs",
    "ETag": "The version, for If-Match and If-None-Match",
    "Idempotency-Replayed": "true: this is the answer that the key's first request got",
    "Link": 'The next page, rel="next"; relative to the request',
    "Location": "Where it can be read; relative to the request",
    "Retry-After": "Seconds to wait",
}
_REPEATABLE = (problems.IdempotencyKeyReused, problems.RequestInProgress, problems.AnswerErased)
_PROBLEMS_OF_HEADERS: dict[str, tuple[type[Problem], ...]] = {
    "If-Match!": (problems.PreconditionRequired, problems.PreconditionFailed),
    "If-Match": (problems.PreconditionRequired, problems.PreconditionFailed),
    "Idempotency-Key": _REPEATABLE,
    "Idempotency-Key!": (*_REPEATABLE, problems.IdempotencyKeyRequired),
}
# What the gateway can answer itself; see docs/problems.md.
_OF_THE_GATEWAY = {401, 403, 413, 429, 500, 503}


class ErrorDetail(BaseModel):
    """A member of a request that does not fit."""

    pointer: str
    message: str


class ProblemDocument(BaseModel):
    """What is wrong with a request (RFC 9457)."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str = ""
    code: Annotated[str, Field(pattern="^[a-z0-9_]+$")]
    request_id: str
    errors: list[ErrorDetail] = []


class GatewayMessage(BaseModel):
    """What the gateway answers itself."""

    message: str


def main() -> None:
    """Write every document."""
    for template in TEMPLATES:
        template.with_name("openapi.json").write_text(text(template), encoding="utf-8")


def text(template: Path) -> str:
    """The document of the service that a template deploys, as its file has it."""
    version = load(template)["Parameters"]["ServiceVersion"]["Default"]
    return json.dumps(document(modules(template), version), indent=2, ensure_ascii=False) + "\n"


def modules(template: Path) -> list[ModuleType]:
    """The modules with the applications that a template's functions serve, each as `app`."""
    handlers = [function["Handler"] for function in resources(load(template), "AWS::Serverless::Function").values()]
    found = [importlib.import_module(handler.rpartition(".")[0]) for handler in handlers]
    return [module for module in found if isinstance(getattr(module, "app", None), Service)]


def document(served: list[ModuleType], version: str) -> dict[str, Any]:
    """An OpenAPI document.

    Args:
        served: the modules of one service.
        version: of the service.
    """
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
        "components": {"schemas": schemas.components, "securitySchemes": {"oauth2": oauth2(operations)}},
    }


class Schemas:
    """The schemas of the models that operations name: what is sent as it is read, what is answered as it is written."""

    def __init__(self, operations: list[Operation]) -> None:
        """Make them all at once, so that pydantic keeps their names apart."""
        queries = [operation.query for operation in operations]
        sent = [*queries, *(operation.body for operation in operations if operation.body)]
        sent += [ProblemDocument, GatewayMessage]
        answered = [model for operation in operations for model in answers(operation).values() if model]
        used: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in sent]
        used += [(model, "serialization") for model in answered]
        self._references, schemas = models_json_schema(list(dict.fromkeys(used)), ref_template=_REFERENCE)
        self._definitions = {name: untitled(schema) for name, schema in schemas["$defs"].items()}
        self._queries = {self.name(model, "validation") for model in queries}

    @property
    def components(self) -> dict[str, Any]:
        """The schemas that references lead to; those of queries are told as parameters instead."""
        return {name: schema for name, schema in self._definitions.items() if name not in self._queries}

    def name(self, model: type[BaseModel], mode: JsonSchemaMode) -> str:
        """The name of a model's schema."""
        return str(self._references[model, mode]["$ref"]).rpartition("/")[2]

    def sent(self, model: type[BaseModel]) -> dict[str, Any]:
        """A reference to the schema of a body."""
        return {"$ref": _REFERENCE.format(model=self.name(model, "validation"))}

    def answered(self, model: type[BaseModel]) -> dict[str, Any]:
        """A reference to the schema of an answer."""
        return {"$ref": _REFERENCE.format(model=self.name(model, "serialization"))}

    def query(self, model: type[BaseModel]) -> dict[str, Any]:
        """The schema of a query."""
        return dict(self._definitions[self.name(model, "validation")])


def untitled(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names; examples stay as they are."""
    if isinstance(schema, list):
        return [untitled(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: member for name, member in schema.items() if not (name == "title" and isinstance(member, str))}
    return {name: member if name == "examples" else untitled(member) for name, member in told.items()}


def described(operation: Operation, service: str, schemas: Schemas) -> dict[str, Any]:
    """An Operation Object."""
    summary, _, description = (operation.view.__doc__ or "").strip().partition("\n")
    found: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "summary": summary.rstrip("."),
        "description": " ".join(description.split()) or summary,
        "tags": [service],
        "security": [{"oauth2": [operation.scope]}] if operation.scope else [],
        "parameters": parameters(operation, schemas),
        "responses": responses(operation, schemas),
    }
    if operation.body:
        content = {media_type: {"schema": schemas.sent(operation.body)} for media_type in operation.media_types}
        found["requestBody"] = {"required": True, "content": content}
    return found


def parameters(operation: Operation, schemas: Schemas) -> list[dict[str, Any]]:
    """Parameter Objects: of the path, the query, the headers."""
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _PATH_PARAMETERS.get(name, {"type": "string"})}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    query = schemas.query(operation.query)
    for name, schema in query.get("properties", {}).items():
        required = name in query.get("required", [])
        found.append({"name": name, "in": "query", "required": required, "schema": present(schema)})
    for header in operation.documentation.get("headers", ()):
        name = header.removesuffix("!")
        pattern, description = _REQUEST_HEADERS[name]
        schema = {"type": "string", "pattern": pattern}
        required = header.endswith("!")
        name = name.removesuffix(": *")
        found.append({"name": name, "in": "header", "required": required, "description": description, "schema": schema})
    return found


def present(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a query parameter that is there: it cannot be null."""
    told = {name: member for name, member in schema.items() if not (name == "default" and member is None)}
    choices = [choice for choice in told.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **told}
    return {**told, **({"anyOf": choices} if choices else {})}


def answers(operation: Operation) -> dict[int, type[BaseModel] | None]:
    """The model of each status of success."""
    return dict(operation.documentation.get("answers", {}))


def responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """Response Objects by status."""
    found: dict[str, Any] = {}
    for status, model in answers(operation).items():
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "headers": response_headers(operation, status, model),
            **({"content": {"application/json": {"schema": schemas.answered(model)}}} if model else {}),
        }
    if "If-None-Match" in operation.documentation.get("headers", ()):
        sent = {name: header(name) for name in ("Dossier-Request-Id", "ETag")}
        found["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase, "headers": sent}
    raised = sorted(set(problems_of(operation)), key=lambda kind: (kind.status, kind.code))
    for status, kinds in groupby(raised, key=lambda kind: kind.status):
        found[str(status)] = problem_response(status, list(kinds), schemas)
    found["429"] = found.get("429") or gateway_response("Throttled by the gateway", schemas)
    return dict(sorted(found.items()))


def response_headers(operation: Operation, status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    """The headers of a success."""
    read = {header.removesuffix("!") for header in operation.documentation.get("headers", ())}
    sent = {
        "Dossier-Request-Id": True,
        "ETag": bool(read & {"If-Match", "If-None-Match"}) and model is not None,
        "Idempotency-Replayed": "Idempotency-Key" in read,
        "Link": model is not None and issubclass(model, Page),
        "Location": "Location" in operation.documentation.get("sends", ()) and status == HTTPStatus.CREATED,
    }
    return {name: header(name) for name, there in sent.items() if there}


def header(name: str) -> dict[str, Any]:
    """A Header Object."""
    return {"description": _RESPONSE_HEADERS[name], "schema": {"type": "string"}}


def problem_response(status: int, kinds: list[type[Problem]], schemas: Schemas) -> dict[str, Any]:
    """The Response Object of the problems of one status."""
    code = {"properties": {"code": {"enum": [kind.code for kind in kinds]}}}
    content = {"application/problem+json": {"schema": {"allOf": [schemas.sent(ProblemDocument), code]}}}
    if status in _OF_THE_GATEWAY:
        content |= gateway_response("", schemas)["content"]
    sent = {"Dossier-Request-Id": header("Dossier-Request-Id")}
    if status in {429, 503} or problems.RequestInProgress in kinds:
        sent["Retry-After"] = header("Retry-After")
    return {"description": "; ".join(kind.title for kind in kinds), "headers": sent, "content": content}


def gateway_response(description: str, schemas: Schemas) -> dict[str, Any]:
    """The Response Object of what the gateway answers itself."""
    return {"description": description, "content": {"application/json": {"schema": schemas.sent(GatewayMessage)}}}


def problems_of(operation: Operation) -> list[type[Problem]]:
    """What can go wrong: the route's own problems, and those that follow from what it reads."""
    found = [*operation.documentation.get("problems", ()), problems.InternalError, problems.InvalidRequest]
    if operation.scope:
        found += [problems.Unauthenticated, problems.InsufficientScope, problems.DependencyUnavailable]
    if operation.body:
        found += [problems.MalformedBody, problems.BodyTooLarge, problems.UnsupportedMediaType]
    if issubclass(operation.query, PageQuery):
        found.append(problems.InvalidCursor)
    for header_name in operation.documentation.get("headers", ()):
        found += [problems.MalformedHeader, *_PROBLEMS_OF_HEADERS.get(header_name, ())]
    return found


def oauth2(operations: list[Operation]) -> dict[str, Any]:
    """The Security Scheme Object: tokens of the gateway's user pool, by client credentials."""
    scopes = {operation.scope: "" for operation in operations if operation.scope}
    flow = {"tokenUrl": "/oauth2/token", "scopes": dict(sorted(scopes.items()))}
    return {"type": "oauth2", "description": "A token of the gateway's user pool", "flows": {"clientCredentials": flow}}


if __name__ == "__main__":
    main()
