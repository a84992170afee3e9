"""Validation of the services' responses. A profile contains only JSON objects and problem documents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter, ValidationError

from functions.profile.models import ProfilePart, ProfilePartStatus
from functions.shared.plain.problem_document import Problem
from functions.shared.plain.problems import CONTENT_TYPE

# A customer with the most metadata has 40 KB.
MAX_BYTES = 256 * 1024

_STATUSES: dict[int, ProfilePartStatus] = {
    HTTPStatus.UNAUTHORIZED: ProfilePartStatus.FORBIDDEN,
    HTTPStatus.FORBIDDEN: ProfilePartStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND: ProfilePartStatus.NOT_FOUND,
    HTTPStatus.GONE: ProfilePartStatus.ERASED,
    HTTPStatus.LOCKED: ProfilePartStatus.FROZEN,
    HTTPStatus.TOO_MANY_REQUESTS: ProfilePartStatus.THROTTLED,
}
_OBJECT = TypeAdapter(dict[str, Any])
# Nine digits as AAA-GG-SSSS, with any separators. The characters around them are neither letters nor digits, as in ids,
# and the digits are not a decimal fraction, as in times.
_SSN_IN_FULL = re.compile(r"(?<![^\W_])(?<!\d[.,])\d{3}[\W_]{0,3}\d{2}[\W_]{0,3}\d{4}(?![^\W_])")


@dataclass(frozen=True)
class Response:
    """An HTTP response. `body` has at most one byte more than `MAX_BYTES`."""

    status: int
    media_type: str
    body: bytes


def part(response: Response, *, masks: bool = False) -> ProfilePart:
    """Return the part of a profile for a response.

    Args:
        response: response of a service or of the gateway.
        masks: whether the service masks social security numbers. A response with a full number is then not valid.
    """
    good = response.status == HTTPStatus.OK
    data = _data(response) if good else None
    problem = None if good else _problem(response)
    if masks and any(map(_SSN_IN_FULL.search, _texts([data, problem and problem.model_dump()]))):
        return ProfilePart(status=ProfilePartStatus.INVALID_ANSWER, http_status=response.status)
    if good:
        status = ProfilePartStatus.INVALID_ANSWER if data is None else ProfilePartStatus.OK
        return ProfilePart(status=status, http_status=response.status, data=data)
    return ProfilePart(status=_status(response.status, problem), http_status=response.status, problem=problem)


def _texts(value: Any) -> Iterator[str]:
    """Yield each name and value of decoded JSON as text. The body itself may contain escapes."""
    match value:
        case dict():
            yield from value
            yield from _texts(list(value.values()))
        case list():
            for member in value:
                yield from _texts(member)
        case _:
            yield str(value)


def _status(status: int, problem: Problem | None) -> ProfilePartStatus:
    if status == HTTPStatus.NOT_FOUND and problem is None:
        # Services return a problem; the gateway returns none if it has no such route.
        return ProfilePartStatus.NOT_REGISTERED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProfilePartStatus.UNAVAILABLE
    if status < HTTPStatus.BAD_REQUEST:
        return ProfilePartStatus.INVALID_ANSWER
    return _STATUSES.get(status, ProfilePartStatus.REFUSED)


def _data(response: Response) -> dict[str, Any] | None:
    if response.media_type != "application/json" or len(response.body) > MAX_BYTES:
        return None
    try:
        return _OBJECT.validate_json(response.body)
    except ValidationError:
        return None


def _problem(response: Response) -> Problem | None:
    if response.media_type != CONTENT_TYPE or len(response.body) > MAX_BYTES:
        return None
    try:
        problem = Problem.model_validate_json(response.body, strict=True)
    except ValidationError:
        return None
    return problem if problem.status == response.status else None
