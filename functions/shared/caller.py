"""Who asks: the client, known by its token, and the person that it says it acts for."""

import re

from pydantic import BaseModel

from functions.shared.problems import MalformedHeader

_ACTOR = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")


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
        MalformedHeader: the person's id is not 1 to 128 printable characters.
    """
    if actor is not None and not _ACTOR.fullmatch(actor):
        raise MalformedHeader("Dossier-Actor is the id of the person you act for: 1 to 128 printable characters.")
    return Caller(client_id=client_id, actor=actor)
