"""Requester asks, as the audit keeps it."""

from functions.shared.problems import MalformedHeader
from functions.shared.service import Service
from functions.ssn.audit import Requester
from functions.ssn.errors import ActorRequired
from functions.ssn.models import id_holds_ssn


def who(app: Service, *, person: bool = False) -> Requester:
    """The client, the person that it acts for, and the request.

    Args:
        app: serves the request.
        person: whether a person must be named.

    Raises:
        ActorRequired: none is.
        MalformedHeader: what is named is no opaque id.
    """
    caller = app.caller
    if person and caller.actor is None:
        raise ActorRequired("Send Dossier-Actor: the opaque id of the person who will see the number.")
    if caller.actor is not None and id_holds_ssn(caller.actor):
        raise MalformedHeader("Dossier-Actor is an opaque id, and no number of a person.")
    return Requester(**caller.model_dump(), request_id=app.request.context["requestId"])
