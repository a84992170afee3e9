"""What is answered: a model, nothing, or a problem; also to what a view did not foresee."""

from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Response
from pydantic import BaseModel

from functions.shared import etag, log
from functions.shared.aws import error_name, is_transient, is_withdrawn
from functions.shared.problems import CONTENT_TYPE, RETRY_SOON, DependencyUnavailable, InternalError, Problem

Headers = dict[str, str | list[str]]


def reply(
    model: BaseModel | None = None,
    *,
    status: int = 200,
    version: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer: a model as JSON, or no body.

    Args:
        model: the body.
        status: HTTP status code.
        version: of the resource, sent as its entity tag; without one, nobody may keep the answer.
        headers: more headers.
    """
    sent: Headers = {"Cache-Control": "no-store", **(headers or {})}
    if version is not None:
        sent |= {"ETag": etag.entity_tag(version), "Cache-Control": "private, no-cache"}
    if model is None:
        return Response(body="", headers=sent, status_code=status)
    sent["Content-Type"] = "application/json"
    return Response(body=model.model_dump_json(), headers=sent, status_code=status)


def problem_response(problem: Problem, request_id: str) -> Response:
    """A problem as the client gets it; its code goes into the request's log line."""
    log.add(code=problem.code)
    headers: Headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **problem.headers}
    return Response(body=problem.document(request_id), headers=headers, status_code=problem.status)


def dependency_problem(error: ClientError | BotoCoreError) -> Problem:
    """What a client is told of an AWS error: come back, if it passes by itself or is an operator's to end."""
    if is_withdrawn(error):
        log.logger.error("key withdrawn", extra={"fields": {"error": error_name(error)}})
        return DependencyUnavailable("An operator disabled a key. Send the request again later.", headers=RETRY_SOON)
    if not is_transient(error):
        return defect(error)
    log.logger.warning("dependency failed", extra={"fields": {"error": error_name(error)}})
    return DependencyUnavailable("Wait one second and send the request again.", headers=RETRY_SOON)


def defect(error: Exception) -> Problem:
    """What a client is told of what should not have happened; the log gets where, and never the text."""
    log_defect(error, error_name(error))
    return InternalError("Report the request_id to the operator. The log contains the failure under it.")


def log_defect(error: Exception, name: str) -> None:
    """Log that something happened that should not have, by a name and with where it was, never with its text."""
    log.logger.error("defect", extra={"fields": {"error": name, "stack": log.stack(error.__traceback__)}})
