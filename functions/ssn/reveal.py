"""Reveals full numbers, in a separate function with its own permissions."""

from chalice.app import Response

from functions.shared.plain.problems import QuotaExceeded
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.ssn.audit import Requester
from functions.ssn.environment import get_reveal_service
from functions.ssn.errors import ActorRequired, AuditNotRecorded, SsnErased, SsnNotFound, SsnUnreadable
from functions.ssn.models import RevealedSsn, SsnRevealRequest

app = Service("ssn", names_unknown_members=False)


@app.endpoint(
    "POST",
    "/v1/ssn/{customer_id}/reveal",
    scope="ssn/reveal",
    answers={200: RevealedSsn},
    problems=(ActorRequired, SsnNotFound, SsnErased, QuotaExceeded, SsnUnreadable, AuditNotRecorded),
    headers=("Dossier-Actor!",),
)
def reveal_ssn(customer_id: str, body: SsnRevealRequest) -> Response:
    """Reveal a full number.

    Writes an audit entry with the purpose, the justification and the person in `Dossier-Actor`, then decrypts the
    number and returns it. If the entry cannot be written, the number is not decrypted. An entry stays even if the
    decryption then fails. Caches must not store the response. A client can reveal 60 numbers an hour.

    Scope: `ssn/reveal`. Each purpose has a source, such as 26 USC 6109 for `tax_reporting`.
    """
    if app.caller.actor is None:
        raise ActorRequired
    requester = Requester.of(app.caller, app.request.context["requestId"])
    return reply(get_reveal_service().reveal(customer_id, body, requester))


handler = app.handler(warm=get_reveal_service)
