"""Problem documents (RFC 9457), the errors that a client receives."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args

from pydantic import ValidationError
from pydantic_core.core_schema import ErrorType

CONTENT_TYPE = "application/problem+json"
MAX_ERRORS = 20
RETRY_SOON = {"Retry-After": "1"}
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Messages for pydantic's own errors. Those of pydantic contain patterns and types.
_MESSAGES = {
    "date_type": "Send a date, written YYYY-MM-DD",
    "datetime_type": "Send an RFC 3339 time with its offset, such as 2026-01-31T09:30:00Z",
    "dict_type": "Send an object",
    "enum": "Send {expected}",
    "extra_forbidden": "Not known here",
    "greater_than_equal": "At least {ge}",
    "int_parsing": "Send a whole number",
    "int_type": "Send a whole number",
    "less_than_equal": "At most {le}",
    "list_type": "Send an array",
    "literal_error": "Send {expected}",
    "missing": "Required",
    "model_type": "Send an object",
    "string_too_long": "At most {max_length} characters",
    "string_too_short": "At least {min_length} characters",
    "string_type": "Send a string",
    "too_long": "At most {max_length} {units}",
    "too_short": "At least {min_length} {units}",
}
_UNITS = {"List": "items", "Dictionary": "members"}
_OF_PYDANTIC = frozenset(get_args(ErrorType))
QUERY_DETAIL = "Correct the query parameters that `errors` lists."
NOT_JSON = "Send one JSON value, encoded as UTF-8."
BODY_DETAIL = "Correct the members of the body that `errors` lists."


def gateway_url() -> str:
    """Return the gateway's public base URL without a final slash; empty if it is unknown, as in tests."""
    return os.environ.get("GATEWAY_URL", "").rstrip("/")


class Problem(Exception):
    """An error that a client receives. Each service has its own in `errors.py`.

    Attributes:
        status: HTTP status code.
        code: stable identifier for programs, in snake_case. docs/problems.md lists all codes.
        title: the problem in at most eight words, the same for every occurrence.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "The service failed"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Describe one occurrence.

        Args:
            detail: what to do, without secrets and rejected values.
            errors: `{pointer, message}` of each member that is not valid.
            headers: additional headers, such as Retry-After.
        """
        super().__init__(self.code)
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> str:
        """Return the problem document as JSON text."""
        members: dict[str, Any] = {
            "type": f"{gateway_url()}/docs/problems#{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        if not self.detail:
            del members["detail"]
        if self.errors:
            members["errors"] = list(self.errors)
        return _json(members)


class InternalError(Problem):
    """A defect of the service."""


class MalformedBody(Problem):
    status = 400
    code = "malformed_body"
    title = "The body is not JSON"


class MalformedHeader(Problem):
    status = 400
    code = "malformed_header"
    title = "The value of a header is not valid"


class IdempotencyKeyRequired(Problem):
    status = 400
    code = "idempotency_key_required"
    title = "The request needs Idempotency-Key"


class InvalidCursor(Problem):
    status = 400
    code = "invalid_cursor"
    title = "The cursor cannot be used"


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"
    title = "The access token is missing or not valid"


class InsufficientScope(Problem):
    status = 403
    code = "insufficient_scope"
    title = "The access token lacks the required scope"


class UnknownRoute(Problem):
    status = 404
    code = "unknown_route"
    title = "No route has this method and path"


class RequestInProgress(Problem):
    status = 409
    code = "request_in_progress"
    title = "The first request is still in progress"


class AnswerErased(Problem):
    status = 410
    code = "answer_erased"
    title = "The result of this Idempotency-Key was erased"


class PreconditionFailed(Problem):
    status = 412
    code = "precondition_failed"
    title = "A precondition of the request is false"


class BodyTooLarge(Problem):
    status = 413
    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(Problem):
    status = 415
    code = "unsupported_media_type"
    title = "The media type of the body is unsupported"


class InvalidRequest(Problem):
    status = 422
    code = "invalid_request"
    title = "Request body, query or path is invalid"


class IdempotencyKeyReused(Problem):
    status = 422
    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used with another request"


class PreconditionRequired(Problem):
    status = 428
    code = "precondition_required"
    title = "The request needs If-Match"


class QuotaExceeded(Problem):
    status = 429
    code = "quota_exceeded"
    title = "The quota of this operation is used up"


class DependencyUnavailable(Problem):
    status = 503
    code = "dependency_unavailable"
    title = "DynamoDB or KMS is unavailable"


def invalid(
    error: ValidationError, detail: str, *, name_unknown: bool = True, more: Sequence[Mapping[str, str]] = ()
) -> Problem:
    """Return the problem of a request that pydantic refused, without the refused values.

    Args:
        error: the refusal. Its `input` is left out, because it contains the value.
        detail: what to do.
        name_unknown: whether the problem names unknown members. False if a name may be a secret.
        more: errors of other checks, as `{pointer, message}`.
    """
    shown: list[Mapping[str, str]] = []
    for item in error.errors(include_url=False, include_input=False)[:MAX_ERRORS]:
        if item["type"] == "json_invalid":
            return MalformedBody(NOT_JSON)
        unknown = item["type"] == "extra_forbidden"
        location = item["loc"][:-1] if unknown and not name_unknown else item["loc"]
        if "member" in (context := item.get("ctx", {})):
            location = (*location, context["member"])
        shown.append({"pointer": pointer(location), "message": _message(item["type"], item["msg"], context)})
    return InvalidRequest(detail, errors=[*shown, *more][:MAX_ERRORS])


def _message(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """Return what to do about an error. `message` is already ours if the kind is not one of pydantic's."""
    if kind not in _OF_PYDANTIC:
        return message
    template = _MESSAGES.get(kind, "This value is not allowed here")
    units = _UNITS.get(context.get("field_type", ""), "characters")
    return template.format(**context, units=units).replace(" 1 characters", " 1 character")


def pointer(location: tuple[str | int, ...]) -> str:
    """Return the JSON pointer (RFC 6901) of a pydantic location."""
    if location[-1:] == ("[key]",):  # pydantic's mark for an error in a key
        location = location[:-1]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
