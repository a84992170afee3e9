"""The reveal function of the Social Security Service: the one that can read numbers, and the one thing it can do."""

from chalice.app import Response

from functions.shared.replies import reply
from functions.shared.service import Service
from functions.ssn.audit import Requester
from functions.ssn.environment import get_reveal_service
from functions.ssn.errors import ActorRequired, AuditNotRecorded, QuotaExceeded, SsnErased, SsnNotFound, SsnUnreadable
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
    """Read a number in full, for a purpose and a justification, both audited before it is told."""
    if app.caller.actor is None:
        raise ActorRequired
    requester = Requester.of(app.caller, app.request.context["requestId"])
    return reply(get_reveal_service().reveal(customer_id, body, requester))


handler = app.handler(warm=get_reveal_service)
