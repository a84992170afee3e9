"""Strict parsing of a request's query and body into pydantic models."""

import json
import re
from typing import TypeVar, cast

from chalice.app import Request
from pydantic import BaseModel, ValidationError

from functions.shared.plain.problems import (
    BODY_DETAIL,
    MAX_ERRORS,
    NOT_JSON,
    QUERY_DETAIL,
    BodyTooLarge,
    InvalidRequest,
    MalformedBody,
    UnsupportedMediaType,
    invalid,
    pointer,
)

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^"';\s]*)""")
MAX_BODY_BYTES = 32 * 1024

Model = TypeVar("Model", bound=BaseModel)


class NoQuery(BaseModel, extra="forbid"):
    """Query of a route without query parameters."""


def parse_query(request: Request, model: type[Model], *, name_unknown: bool = True) -> Model:
    """Return the query parameters as a model.

    Raises:
        InvalidRequest: a parameter is unknown, repeated or not valid.
    """
    # chalice's MultiDict contains only the last of repeated values.
    given: dict[str, list[str]] = request.to_original_event()["multiValueQueryStringParameters"]
    known = [name for name in given if name_unknown or name in model.model_fields]
    repeated = [
        {"pointer": pointer((name,)), "message": "Given more than once"} for name in known if len(given[name]) > 1
    ]
    if repeated:
        raise InvalidRequest(QUERY_DETAIL, errors=repeated[:MAX_ERRORS])
    try:
        return model.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise invalid(error, QUERY_DETAIL, name_unknown=name_unknown) from None


def parse_body(
    request: Request, model: type[Model], media_types: tuple[str, ...], *, name_unknown: bool = True
) -> Model:
    """Return the JSON body as a model.

    Raises:
        UnsupportedMediaType: the media type, charset or content coding is not accepted.
        BodyTooLarge: the body has more than `MAX_BODY_BYTES`.
        MalformedBody: the body is not JSON, or an object has a member twice.
        InvalidRequest: the body is not valid.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise UnsupportedMediaType(
            "Send the body uncompressed, without Content-Encoding.", headers={"Accept-Encoding": "identity"}
        )
    media_type, _, parameters = request.headers.get("content-type", media_types[0]).lower().partition(";")
    if media_type.strip() not in media_types:
        raise UnsupportedMediaType(f"Send the body as Content-Type: {' or '.join(media_types)}.")
    # JSON is always UTF-8 (RFC 8259, section 8.1). Another charset would be stored with wrong characters.
    charset = _CHARSET.search(parameters)
    if charset and charset[1] not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("Send the body in UTF-8.")
    body = cast("bytes", request.raw_body)
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body has {len(body):,} bytes. Send at most {MAX_BODY_BYTES:,} bytes (32 KiB).")
    try:
        return model.model_validate_json(_strict_json(body), strict=True)
    except ValidationError as error:
        raise invalid(error, BODY_DETAIL, name_unknown=name_unknown) from None


def _strict_json(body: bytes) -> str:
    """Return the JSON value of a body as text in which 700.0 is the integer 700 (JSON Schema 2020-12, section 6.1.1).

    Refuses bodies that pydantic's parser accepts, but other parsers do not read in the same way. NaN and Infinity are
    not JSON (RFC 8259, section 6). Of a repeated member, some parsers read the first and some the last (RFC 7493,
    section 2.3).
    """
    try:
        value = json.loads(body.decode(), parse_float=_number, parse_constant=_no_number, object_pairs_hook=_unique)
        return json.dumps(value)
    except (ValueError, RecursionError):
        raise MalformedBody(NOT_JSON) from None


def _number(written: str) -> int | float:
    number = float(written)
    return int(number) if number.is_integer() else number


def _no_number(name: str) -> None:
    raise ValueError(name)


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(members)
    if len(value) < len(members):
        raise MalformedBody("Name each member of an object once.")
    return value
