"""Who asks: the client, known by its token, and the person that it says it acts for."""

import re

from pydantic import BaseModel

from functions.shared.problems import MalformedHeader

MAX_ACTOR = 128
# No comma: two headers arrive joined by one.
_NOT_ALLOWED = re.compile(r"[^ -+\--~]")
_ALLOWED = f"Send the id of the person you act for: 1 to {MAX_ACTOR} printable ASCII characters without a comma."
_LIKE_AN_SSN = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}")


class Caller(BaseModel):
    """Who asks, as histories and inquiries keep it."""

    client_id: str
    actor: str | None = None


def caller(client_id: str, actor: str | None) -> Caller:
    """Who asks.

    Args:
        client_id: from the token.
        actor: the header Dossier-Actor: an opaque id of a person, the client's word for it.

    Raises:
        MalformedHeader: it is none; it is kept in the clear, so it must say nothing of the person. The error contains
            positions and lengths, and nothing of the value.
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
