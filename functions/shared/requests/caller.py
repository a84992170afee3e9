"""The caller of a request: the client, and the person that it acts for."""

import re
from typing import Annotated

from pydantic import BaseModel, Field

from functions.shared.plain.problems import MalformedHeader

MAX_ACTOR = 128
# No comma: two headers arrive joined by one.
_NOT_ALLOWED = re.compile(r"[^ -+\--~]")
_ALLOWED = f"Send the id of the person you act for: 1 to {MAX_ACTOR} printable ASCII characters without a comma."
_LIKE_AN_SSN = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}")


class Caller(BaseModel):
    """The client that sent a request, and the person that it acted for."""

    client_id: Annotated[
        str, Field(description="Id of the client, from its token", examples=["3n4b5urk1ft4fl3mg5e62d9ado"])
    ]
    actor: Annotated[str | None, Field(description="Value of the header `Dossier-Actor`", examples=["usr_0001"])] = None


def caller(client_id: str, actor: str | None) -> Caller:
    """Return the caller of a request.

    Args:
        client_id: from the token.
        actor: value of the header Dossier-Actor: an opaque id of a person. Nobody verifies it.

    Raises:
        MalformedHeader: the header is not valid. It is stored unencrypted, so it must not reveal anything about the
            person. The error contains positions and lengths, but no part of the value.
    """
    if actor is not None and (fault := _fault(actor)):
        raise MalformedHeader(f"Dossier-Actor {fault}. {_ALLOWED}")
    return Caller(client_id=client_id, actor=actor)


def _fault(actor: str) -> str:
    if wrong := _NOT_ALLOWED.search(actor):
        return f"has a character that is not allowed at position {wrong.start() + 1}"
    if actor != actor.strip():
        return "starts or ends with a space"
    if not 1 <= len(actor) <= MAX_ACTOR:
        return f"has {len(actor)} characters"
    return "looks like a social security number" if _LIKE_AN_SSN.fullmatch(actor) else ""
