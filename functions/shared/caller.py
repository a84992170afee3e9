"""Who asks: the client, known by its token, and the person that it says it acts for."""

import re

from pydantic import BaseModel

from functions.shared.problems import MalformedHeader

# Printable, and no comma: two headers arrive joined by one.
_ACTOR = re.compile(r"[!-+\--~](?:[ -+\--~]{0,126}[!-+\--~])?")
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
        MalformedHeader: it is none; it is kept in the clear, so it must say nothing of the person.
    """
    if actor is not None and (not _ACTOR.fullmatch(actor) or _LIKE_AN_SSN.fullmatch(actor)):
        raise MalformedHeader("Dossier-Actor is the id of the person you act for: 1 to 128 printable characters.")
    return Caller(client_id=client_id, actor=actor)
