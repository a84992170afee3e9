"""Responses with text, such as pages: with an entity tag, and compressed if the client accepts it."""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from chalice.app import Request, Response

from functions.shared.requests.replies import Headers


class Compressed(Response):
    """A response with a gzip body, which Lambda receives as base64."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        """Return the response in Lambda's format."""
        body = b64encode(compressed(self.body)).decode()
        return {**super().to_dict(binary_types), "body": body, "isBase64Encoded": True}


def text_reply(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """Return a response with this body, or 304 if the client has it.

    Args:
        request: with If-None-Match and Accept-Encoding.
        body: in UTF-8.
        headers: of the response, with Content-Type and Cache-Control.
    """
    wants_gzip = "gzip" in codings(request.headers.get("accept-encoding", ""))
    # A compressed representation has its own tag (RFC 9110, section 8.8.3.3).
    tag = f'"{digest(body)}{"-gzip" if wants_gzip else ""}"'
    sent: Headers = {"X-Content-Type-Options": "nosniff", **headers, "ETag": tag, "Vary": "Accept-Encoding"}
    if {tag, "*"} & entity_tags(request.headers.get("if-none-match", "")):
        return Response(body="", headers=sent, status_code=304)
    if wants_gzip:
        return Compressed(body=body, headers={**sent, "Content-Encoding": "gzip"})
    return Response(body=body.decode(), headers=sent)


def codings(accept_encoding: str) -> set[str]:
    """Return the codings of an Accept-Encoding (RFC 9110, section 12.5.3), without those of weight 0."""
    accepted = set()
    for item in accept_encoding.lower().split(","):
        coding, _, weight = item.replace(" ", "").partition(";q=")
        if weight.strip("0.") or not weight:
            accepted.add(coding)
    return accepted


def entity_tags(if_none_match: str) -> set[str]:
    """Return the entity tags of an If-None-Match, or *; weak tags count (RFC 9110, section 13.1.2)."""
    return {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}


def digest(body: bytes) -> str:
    """Return a short digest of a body."""
    return hashlib.sha256(body).hexdigest()[:16]


@lru_cache(maxsize=8)
def compressed(body: bytes) -> bytes:
    """Return a body in gzip, without a time, so that equal bodies are equal."""
    return gzip.compress(body, mtime=0)
