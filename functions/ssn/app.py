"""The Social Security Service: numbers, stored encrypted, read masked, verified and found without being read."""

from chalice.app import Response

from functions.shared.etag import entity_tag
from functions.shared.pages import PageQuery
from functions.shared.problems import PreconditionFailed, PreconditionRequired
from functions.shared.replies import reply
from functions.shared.service import Service
from functions.ssn.audit import Requester, SsnAuditPage
from functions.ssn.environment import get_service
from functions.ssn.errors import (
    AuditNotRecorded,
    ConsentNotValid,
    ConsentUsed,
    NoCustomerWithSsn,
    QuotaExceeded,
    SsnAssigned,
    SsnErased,
    SsnNotFound,
    SsnUnreadable,
)
from functions.ssn.models import (
    MaskedSsn,
    SsnLookup,
    SsnLookupResult,
    SsnVerification,
    SsnVerificationResult,
    SubmittedSsn,
)

app = Service("ssn", names_unknown_members=False)
app.add_health(lambda: get_service().check())
app.add_openapi(__file__)


@app.endpoint(
    "PUT",
    "/v1/ssn/{customer_id}",
    scope="ssn/write",
    answers={200: MaskedSsn, 201: MaskedSsn},
    problems=(SsnNotFound, SsnAssigned, SsnErased, QuotaExceeded, SsnUnreadable, AuditNotRecorded),
    headers=("If-Match", "If-None-Match: *", "Dossier-Actor"),
)
def store_ssn(customer_id: str, body: SubmittedSsn) -> Response:
    """Store a customer's number; with If-Match, replace it."""
    if "if-match" not in app.request.headers:
        return _reply(get_service().create(customer_id, body.ssn, _requester()), status=201)
    return _reply(get_service().replace(customer_id, body.ssn, _requester(), app.require_match))


@app.endpoint(
    "GET",
    "/v1/ssn/{customer_id}",
    scope="ssn/read",
    answers={200: MaskedSsn},
    problems=(SsnNotFound, SsnErased, SsnUnreadable),
)
def read_ssn(customer_id: str) -> Response:
    """Read a customer's number, masked."""
    return _reply(get_service().read(customer_id))


@app.endpoint(
    "DELETE",
    "/v1/ssn/{customer_id}",
    scope="ssn/write",
    answers={204: None},
    problems=(SsnNotFound, SsnErased, PreconditionFailed, PreconditionRequired, SsnUnreadable, AuditNotRecorded),
    headers=("If-Match!", "Dossier-Actor"),
)
def erase_ssn(customer_id: str) -> Response:
    """Erase a customer's number: its keys are shredded, a tombstone and the audit stay."""
    get_service().erase(customer_id, _requester(), app.require_match)
    return reply(status=204)


@app.endpoint(
    "POST",
    "/v1/ssn/{customer_id}/verify",
    scope="ssn/verify",
    answers={200: SsnVerificationResult},
    problems=(SsnNotFound, ConsentUsed, SsnErased, ConsentNotValid, QuotaExceeded, SsnUnreadable, AuditNotRecorded),
    headers=("Dossier-Actor",),
)
def verify_ssn(customer_id: str, body: SsnVerification) -> Response:
    """Ask whether a number is a customer's, with the number holder's consent."""
    return reply(SsnVerificationResult(match=get_service().verify(customer_id, body.ssn, body.consent, _requester())))


@app.endpoint(
    "POST",
    "/v1/ssn/lookup",
    scope="ssn/lookup",
    answers={200: SsnLookupResult},
    problems=(NoCustomerWithSsn, QuotaExceeded, SsnUnreadable, AuditNotRecorded),
    headers=("Dossier-Actor",),
)
def lookup_ssn(body: SsnLookup) -> Response:
    """Find the customer with a number."""
    return reply(SsnLookupResult(customer_id=get_service().lookup(body.ssn, body.purpose, _requester())))


@app.endpoint(
    "GET",
    "/v1/ssn/{customer_id}/audit",
    scope="ssn/audit",
    answers={200: SsnAuditPage},
    problems=(SsnNotFound, SsnUnreadable),
)
def read_audit(customer_id: str, query: PageQuery) -> Response:
    """Read who did what with a customer's number, newest first, and whether the record is whole."""
    cursors = app.cursors(query)
    page, position = get_service().audit(customer_id, query.limit, cursors.read(query.cursor))
    page.next_cursor = cursors.make(position)
    return reply(page, headers=page.link(query))


def _requester() -> Requester:
    return Requester.of(app.caller, app.request.context["requestId"])


def _reply(ssn: MaskedSsn, status: int = 200) -> Response:
    # Not `version`, which would allow caches to store the response.
    return reply(ssn, status=status, headers={"ETag": entity_tag(ssn.version)})


handler = app.handler(warm=get_service)
