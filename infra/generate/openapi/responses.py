"""Response Objects: successes of each operation, and errors as components that operations share.

A status with one possible code is a component named after its problem. With several codes, the operation lists them as
examples. All error bodies are one of three schemas, so a generated client has one class for each of these.
"""

import inspect
from collections.abc import Iterable
from http import HTTPStatus
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from functions.shared.plain import problems
from functions.shared.plain.problem_document import GatewayMessage, Problem, ServiceOrGatewayError
from functions.shared.requests.operations import Operation
from functions.shared.requests.pages import Page, PageQuery
from infra.generate.openapi.examples import named_examples
from infra.generate.openapi.schemas import Schemas, answers

Kind = type[problems.Problem]

# Description and example of each header.
_RESPONSE_HEADERS = {
    "Dossier-Request-Id": ("Id of the request, also in the logs", "JKJaXmPLvHcESHA="),
    "ETag": ("Version of the resource, for If-Match and If-None-Match", '"3"'),
    "Idempotency-Replayed": ("`true` if this is the response to the first request with the key", "true"),
    "Link": (
        'URL of the next page (rel="next"), relative to the request',
        '<?limit=20&cursor=ImN1c18wMU04MVpTSDJGR1NON1BFVkVYN04zMlFZUyI.aTBmQA.b1Zq0tQ2x3c8Yk5nJvW7hLrEo6I>; rel="next"',
    ),
    "Location": ("URL of the new resource, relative to the request", "customers/cus_01M81ZSH2FGSN7PEVEX7N32QYS"),
    "Retry-After": ("Seconds to wait", "1"),
}
_REPEATABLE = (problems.IdempotencyKeyReused, problems.RequestInProgress, problems.AnswerErased)
_PROBLEMS_OF_HEADERS: dict[str, tuple[Kind, ...]] = {
    "If-Match!": (problems.PreconditionRequired, problems.PreconditionFailed),
    "If-Match": (problems.PreconditionRequired, problems.PreconditionFailed),
    "Idempotency-Key": _REPEATABLE,
    "Idempotency-Key!": (*_REPEATABLE, problems.IdempotencyKeyRequired),
}
# Bodies of the gateway's own errors, as AWS words them; see docs/problems.md.
_GATEWAY_MESSAGES = {
    401: "Unauthorized",
    403: "Forbidden",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
THROTTLED = "GatewayThrottled"


def successful(model: type[BaseModel] | None) -> str:
    """Return the description of a success whose operation has none: the first paragraph of its model's docstring."""
    if model is None:
        return "Done; the response has no body"
    text = inspect.getdoc(model) or model.__name__
    return " ".join(text.partition("\n\n")[0].split())


def responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """Return an operation's Response Objects, or references to them, by status."""
    texts = operation.documentation.get("descriptions", {})
    found: dict[str, Any] = {}
    for status, model in answers(operation).items():
        found[str(status)] = {
            "description": texts.get(status) or successful(model),
            "headers": response_headers(operation, status, model),
            **({"content": {"application/json": body(schemas.answered(model), schemas)}} if model else {}),
        }
    if "If-None-Match" in operation.documentation.get("headers", ()):
        sent = {name: header(name) for name in ("Dossier-Request-Id", "ETag")}
        found["304"] = {"description": "The version that If-None-Match names is current", "headers": sent}
    found["429"] = {"$ref": f"#/components/responses/{THROTTLED}"}
    for status, kinds in by_status(operation):
        single = {"$ref": f"#/components/responses/{kinds[0].__name__}"}
        found[str(status)] = single if len(kinds) == 1 else problem_response(status, kinds, schemas)
        if text := texts.get(status) or condition(operation, kinds):
            found[str(status)]["description"] = text
    return dict(sorted(found.items()))


def condition(operation: Operation, kinds: list[Kind]) -> str:
    """Return when an operation returns problems of one status, if this depends on the operation."""
    return f"The access token lacks the scope `{operation.scope}`" if kinds == [problems.InsufficientScope] else ""


def body(reference: dict[str, Any], schemas: Schemas) -> dict[str, Any]:
    """Return the Media Type Object of a body, with its examples."""
    model = str(reference["$ref"]).rpartition("/")[2]
    return {"schema": reference, "examples": named_examples(model, schemas.components)}


def shared_responses(operations: Iterable[Operation], schemas: Schemas) -> dict[str, Any]:
    """Return the Response Objects that operations refer to, by name."""
    found = {THROTTLED: gateway_response(HTTPStatus.TOO_MANY_REQUESTS, schemas)}
    for status, kinds in (group for operation in operations for group in by_status(operation)):
        if len(kinds) == 1:
            found[kinds[0].__name__] = problem_response(status, kinds, schemas)
    return dict(sorted(found.items()))


def shared_examples(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return an Example Object for each code, by code."""
    kinds = {kind for operation in operations for kind in problems_of(operation)}
    return {kind.code: {"summary": kind.title, "value": example(kind)} for kind in sorted(kinds, key=by_code)}


def example(kind: Kind) -> dict[str, Any]:
    """Return a problem document of a kind."""
    return {
        "type": f"https://api.example.com/docs/problems#{kind.code}",
        "title": kind.title,
        "status": int(kind.status),
        "code": kind.code,
        "request_id": "JKJaXmPLvHcESHA=",
        **({"errors": [{"pointer": "/email", "message": "Required"}]} if kind is problems.InvalidRequest else {}),
    }


def by_code(kind: Kind) -> tuple[int, str]:
    """Return the order of problems in a document."""
    return kind.status, kind.code


def by_status(operation: Operation) -> list[tuple[int, list[Kind]]]:
    """Return the problems of an operation, by status."""
    raised = sorted(set(problems_of(operation)), key=by_code)
    return [(int(status), list(kinds)) for status, kinds in groupby(raised, key=lambda kind: kind.status)]


def response_headers(operation: Operation, status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    """Return the headers of a success."""
    read = {header.removesuffix("!") for header in operation.documentation.get("headers", ())}
    sent = {
        "Dossier-Request-Id": True,
        "ETag": bool(read & {"If-Match", "If-None-Match"}) and status != HTTPStatus.NO_CONTENT,
        "Idempotency-Replayed": "Idempotency-Key" in read,
        "Link": model is not None and issubclass(model, Page),
        "Location": "Location" in operation.documentation.get("sends", ()) and status == HTTPStatus.CREATED,
    }
    return {name: header(name) for name, there in sent.items() if there}


def header(name: str) -> dict[str, Any]:
    """Return a Header Object."""
    description, example = _RESPONSE_HEADERS[name]
    return {"description": description, "schema": {"type": "string", "examples": [example]}}


def problem_response(status: int, kinds: list[Kind], schemas: Schemas) -> dict[str, Any]:
    """Return the Response Object of the problems of one status.

    Where the gateway answers with the same status, both media types have both shapes: generators such as
    openapi-python-client read the first media type only.
    """
    model = ServiceOrGatewayError if status in _GATEWAY_MESSAGES else Problem
    examples = {kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in kinds}
    content = {"application/problem+json": {"schema": schemas.answered(model), "examples": examples}}
    if status in _GATEWAY_MESSAGES:
        content["application/json"] = {"schema": schemas.answered(model), "examples": gateway_example(status)}
    sent = {"Dossier-Request-Id": header("Dossier-Request-Id")}
    if status in {429, 503} or problems.RequestInProgress in kinds:
        sent["Retry-After"] = header("Retry-After")
    return {"description": "; ".join(kind.title for kind in kinds), "headers": sent, "content": content}


def gateway_response(status: int, schemas: Schemas) -> dict[str, Any]:
    """Return the Response Object of an error that only the gateway sends."""
    media_type = {"schema": schemas.answered(GatewayMessage), "examples": gateway_example(status)}
    return {"description": "Throttled by the gateway", "content": {"application/json": media_type}}


def gateway_example(status: int) -> dict[str, Any]:
    """Return an Example Object of the gateway's own error."""
    return {"gateway": {"summary": "Sent by the gateway", "value": {"message": _GATEWAY_MESSAGES[status]}}}


def problems_of(operation: Operation) -> list[Kind]:
    """Return the operation's own problems, and those of its body, its query and its headers."""
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
