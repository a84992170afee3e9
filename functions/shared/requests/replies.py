"""Responses: a model, no body, or a problem, including those of unexpected errors."""

from collections.abc import Mapping

from chalice.app import Response
from pydantic import BaseModel

from functions.shared.aws.client import error_name, is_transient, is_withdrawn
from functions.shared.aws.errors import CallFailed
from functions.shared.plain import log
from functions.shared.plain.problems import CONTENT_TYPE, RETRY_SOON, DependencyUnavailable, InternalError, Problem
from functions.shared.requests import etag

Headers = dict[str, str | list[str]]


def reply(
    model: BaseModel | None = None,
    *,
    status: int = 200,
    version: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response with a model as JSON, or without a body.

    Args:
        model: the body.
        status: HTTP status code.
        version: of the resource, for the ETag. A response without one must not be stored by caches.
        headers: additional headers.
    """
    sent: Headers = {"Cache-Control": "no-store", **(headers or {})}
    if version is not None:
        sent |= {"ETag": etag.entity_tag(version), "Cache-Control": "private, no-cache"}
    if model is None:
        return Response(body="", headers=sent, status_code=status)
    sent["Content-Type"] = "application/json"
    return Response(body=model.model_dump_json(), headers=sent, status_code=status)


def problem_response(problem: Problem, request_id: str) -> Response:
    """Return a problem as a response, and add its code to the request's log line."""
    log.add(code=problem.code)
    headers: Headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **problem.headers}
    return Response(body=problem.document(request_id), headers=headers, status_code=problem.status)


def dependency_problem(error: CallFailed) -> Problem:
    """Return the problem of an AWS error: 503 if it is temporary or an operator can end it, otherwise 500."""
    if is_withdrawn(error):
        log.logger.error("key withdrawn", extra={"fields": {"error": error_name(error)}})
        return DependencyUnavailable("An operator disabled a key. Send the request again later.", headers=RETRY_SOON)
    if not is_transient(error):
        return defect(error)
    log.logger.warning("dependency failed", extra={"fields": {"error": error_name(error)}})
    return DependencyUnavailable("Wait one second and send the request again.", headers=RETRY_SOON)


def defect(error: Exception) -> Problem:
    """Return the problem of an unexpected error, and log the error without its text."""
    log_defect(error, error_name(error))
    return InternalError("Report the request_id to the operator. The log contains the failure under it.")


def log_defect(error: Exception, name: str) -> None:
    """Log an unexpected error by name and stack, without its text."""
    log.logger.error("defect", extra={"fields": {"error": name, "stack": log.stack(error.__traceback__)}})
