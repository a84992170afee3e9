"""Stores social security numbers encrypted, and reads, verifies and finds them without disclosing the full number."""

from chalice.app import Response

from functions.shared.plain.problems import PreconditionFailed, PreconditionRequired, QuotaExceeded
from functions.shared.requests.etag import entity_tag
from functions.shared.requests.pages import PageQuery
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import add_health, add_openapi
from functions.ssn.audit import Requester, SsnAuditPage
from functions.ssn.environment import get_service
from functions.ssn.errors import (
    AuditNotRecorded,
    ConsentNotValid,
    ConsentUsed,
    NoCustomerWithSsn,
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
add_health(app, lambda: get_service().check())
add_openapi(app, __file__)


@app.endpoint(
    "PUT",
    "/v1/ssn/{customer_id}",
    scope="ssn/write",
    answers={200: MaskedSsn, 201: MaskedSsn},
    problems=(SsnNotFound, SsnAssigned, SsnErased, QuotaExceeded, SsnUnreadable, AuditNotRecorded),
    headers=("If-Match", "If-None-Match: *", "Dossier-Actor"),
)
def store_ssn(customer_id: str, body: SubmittedSsn) -> Response:
    """Store a social security number.

    Stores the customer's first number, encrypted. With `If-Match`, replaces the stored number; the old one can then be
    stored for another customer. The response contains only the last four digits.

    Writes an audit entry at this customer, also for a conflict (`ssn_assigned`). A client can store or replace 1,000
    numbers an hour, and cause 10 conflicts an hour. A customer's number can be replaced 10 times a day.

    Scope: `ssn/write`. The service accepts only numbers that the Social Security Administration can have issued
    (https://www.ssa.gov/employer/randomization.html).
    """
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
    """Read a masked number.

    Returns the last four digits and the facts about the number. Clients show consumers only these digits
    (15 USC 1681g(a)(1)(A)). Caches must not store the response. No audit entry is written, and no quota applies.

    Scope: `ssn/read`.
    """
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
    """Erase a social security number.

    Deletes the number's data keys and marks, so the number cannot be decrypted again, not even from a backup. This
    cannot be undone: later requests for this customer's number return 410. The number can be stored for another
    customer. The audit stays and gets an entry.

    Scope: `ssn/write`.
    """
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
    """Verify a social security number.

    Compares a number with the stored one, without decryption. The result is only true or false. The first match sets
    `verified` of the stored number.

    Uses the number holder's consent, whatever the result is. A consent is valid once, for 90 days (SSA, eCBSV User
    Agreement, https://www.ssa.gov/dataexchange/eCBSV/). Writes an audit entry with the consent. A client can verify
    100 times an hour; all clients together can verify 10 times a day for one customer.

    Scope: `ssn/verify`.
    """
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
    """Find a customer by number.

    Compares the number's mark, without decryption. A match writes an audit entry with the purpose at the customer that
    was found. A request without a match has no entry, but counts too. A client can look up 100 numbers an hour.

    Scope: `ssn/lookup`. Each purpose has a source, such as 26 USC 6109 for `tax_reporting`.
    """
    return reply(SsnLookupResult(customer_id=get_service().lookup(body.ssn, body.purpose, _requester())))


@app.endpoint(
    "GET",
    "/v1/ssn/{customer_id}/audit",
    scope="ssn/audit",
    answers={200: SsnAuditPage},
    problems=(SsnNotFound, SsnUnreadable),
)
def read_audit(customer_id: str, query: PageQuery) -> Response:
    """Read a number's audit.

    Returns the audit entries of a customer's number, newest first. An entry contains the requester, the operation and
    its reason, and never the number. `verified` is false if an entry of the page is missing or was changed. Reading the
    audit writes no entry, and no quota applies. The audit stays after an erasure.

    Scope: `ssn/audit`.
    """
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
