"""Problem documents (RFC 9457): what a client is told when a request cannot be served."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import ValidationError

CONTENT_TYPE = "application/problem+json"
MAX_ERRORS = 20
RETRY_SOON = {"Retry-After": "1"}
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Pydantic's words where a client would not know what to do.
_MESSAGES = {"extra_forbidden": "Not known here", "missing": "Required"}
QUERY_DETAIL = "Query parameters do not fit; pointers name the parameter."
NOT_JSON = "Send one JSON value, encoded as UTF-8."
BODY_DETAIL = "The body does not fit; pointers point into it."


def gateway_url() -> str:
    """Return the gateway's public base URL without a final slash; empty where the function has none, as in tests."""
    return os.environ.get("GATEWAY_URL", "").rstrip("/")


class Problem(Exception):
    """An error that a client is told about; each service names its own in `errors.py`.

    Attributes:
        status: HTTP status code.
        code: stable identifier for programs, snake_case; described in docs/problems.md.
        title: what the code means, the same for every occurrence.
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
            detail: what happened and what to do about it; never a secret and never a rejected value.
            errors: for validation, `{pointer, message}` of each member that does not fit.
            headers: to send along, such as Retry-After.
        """
        super().__init__(self.code)
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> str:
        """The problem document as JSON text."""
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
    """A defect of ours."""


class MalformedBody(Problem):
    status = 400
    code = "malformed_body"
    title = "The body is not JSON"


class MalformedHeader(Problem):
    status = 400
    code = "malformed_header"
    title = "A header has a value that cannot be understood"


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
    title = "The request carries no valid access token"


class InsufficientScope(Problem):
    status = 403
    code = "insufficient_scope"
    title = "The access token lacks the scope of this route"


class UnknownRoute(Problem):
    status = 404
    code = "unknown_route"
    title = "The service has no such route"


class RequestInProgress(Problem):
    status = 409
    code = "request_in_progress"
    title = "A request with this Idempotency-Key is under way"


class AnswerErased(Problem):
    status = 410
    code = "answer_erased"
    title = "What this Idempotency-Key created was erased"


class PreconditionFailed(Problem):
    status = 412
    code = "precondition_failed"
    title = "A precondition of the request does not hold"


class BodyTooLarge(Problem):
    status = 413
    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(Problem):
    status = 415
    code = "unsupported_media_type"
    title = "The body has a media type that this route does not take"


class InvalidRequest(Problem):
    status = 422
    code = "invalid_request"
    title = "The request does not fit the model"


class IdempotencyKeyReused(Problem):
    status = 422
    code = "idempotency_key_reused"
    title = "The Idempotency-Key belongs to another request"


class PreconditionRequired(Problem):
    status = 428
    code = "precondition_required"
    title = "The request needs If-Match"


class DependencyUnavailable(Problem):
    status = 503
    code = "dependency_unavailable"
    title = "Something this service depends on does not answer"


def invalid(error: ValidationError, detail: str, *, name_unknown: bool = True) -> Problem:
    """The problem for what pydantic refused: where and why, and never the value; or that it is not JSON at all.

    Args:
        error: the refusal; its `input` and `ctx` are left out, as they echo what was sent.
        detail: what the pointers point into.
        name_unknown: whether to name members that the model does not have; not where a name may be a secret.
    """
    shown = []
    for item in error.errors(include_url=False, include_context=False, include_input=False)[:MAX_ERRORS]:
        if item["type"] == "json_invalid":
            return MalformedBody(NOT_JSON)
        unknown = item["type"] == "extra_forbidden"
        location = item["loc"][:-1] if unknown and not name_unknown else item["loc"]
        shown.append({"pointer": pointer(location), "message": _MESSAGES.get(item["type"], item["msg"])})
    return InvalidRequest(detail, errors=shown)


def pointer(location: tuple[str | int, ...]) -> str:
    """The JSON pointer (RFC 6901) of a pydantic location."""
    if location[-1:] == ("[key]",):  # pydantic's way to say that the key is meant, not its value
        location = location[:-1]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
