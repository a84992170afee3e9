"""Text that is no JSON model, as an answer: with an entity tag, and compressed for who takes it so."""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from chalice.app import Request, Response

from functions.shared.replies import Headers


class Compressed(Response):
    """An answer whose body is gzip: bytes go through Lambda as base64."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        """The answer as Lambda takes it."""
        body = b64encode(compressed(self.body)).decode()
        return {**super().to_dict(binary_types), "body": body, "isBase64Encoded": True}


def text_reply(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """An answer with this body, or 304 to who has it already.

    Args:
        request: whose If-None-Match and Accept-Encoding are heeded.
        body: in UTF-8.
        headers: Content-Type and Cache-Control among them.
    """
    wants_gzip = "gzip" in codings(request.headers.get("accept-encoding", ""))
    # Compressed, it is another representation with a tag of its own (RFC 9110, section 8.8.3.3).
    tag = f'"{digest(body)}{"-gzip" if wants_gzip else ""}"'
    sent: Headers = {"X-Content-Type-Options": "nosniff", **headers, "ETag": tag, "Vary": "Accept-Encoding"}
    if {tag, "*"} & known(request.headers.get("if-none-match", "")):
        return Response(body="", headers=sent, status_code=304)
    if wants_gzip:
        return Compressed(body=body, headers={**sent, "Content-Encoding": "gzip"})
    return Response(body=body.decode(), headers=sent)


def codings(accept_encoding: str) -> set[str]:
    """The codings that an Accept-Encoding takes (RFC 9110, section 12.5.3), less those with a weight of nought."""
    found = set()
    for item in accept_encoding.lower().split(","):
        coding, _, weight = item.replace(" ", "").partition(";q=")
        if weight.strip("0.") or not weight:
            found.add(coding)
    return found


def known(if_none_match: str) -> set[str]:
    """The entity tags that an If-None-Match names, or *, which is any; weak ones count (RFC 9110, section 13.1.2)."""
    return {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}


def digest(body: bytes) -> str:
    """What tells a body from another."""
    return hashlib.sha256(body).hexdigest()[:16]


@lru_cache(maxsize=8)
def compressed(body: bytes) -> bytes:
    """A body in gzip; without a time, so that it is the same each time."""
    return gzip.compress(body, mtime=0)
