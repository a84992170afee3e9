"""Stores social security numbers encrypted, and reads, verifies and finds them without disclosing the full number."""

from typing import Any

from chalice.app import Response

from functions.shared.plain.problems import PreconditionFailed, PreconditionRequired, QuotaExceeded
from functions.shared.requests.etag import entity_tag
from functions.shared.requests.pages import Page, PageQuery
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import add_health, add_openapi
from functions.ssn import errors
from functions.ssn.audit import Requester, SsnAuditPage
from functions.ssn.consents import SsnConsentPage, SsnConsentRevocation
from functions.ssn.environment import get_audit, get_consents, get_erasures, get_exports, get_service
from functions.ssn.export import SsnExportPage, SsnExportQuery
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
    problems=(*errors.AUDITED, errors.SsnAssigned, QuotaExceeded),
    headers=("If-Match", "If-None-Match: *", "Dossier-Actor"),
)
def store_ssn(customer_id: str, body: SubmittedSsn) -> Response:
    """Store a social security number.

    Stores the customer's first number, encrypted. With `If-Match`, replaces the stored number; the old one can then be
    stored for another customer. The response contains only the last four digits.

    Without `If-Match`, the number that this customer already has returns 200 and is not stored again. The comparison
    needs no decryption, and counts as a verification of this customer's number. `If-None-Match: *` prevents it.

    Writes an audit entry at this customer, also for a comparison or a conflict (`ssn_assigned`). A client can store or
    replace 1,000 numbers an hour, and cause 10 conflicts an hour. A customer's number can be replaced 10 times and
    compared 10 times a day.

    Scope: `ssn/write`. The service accepts only numbers that the Social Security Administration can have issued
    (https://www.ssa.gov/employer/randomization.html).
    """
    if "if-match" not in app.request.headers:
        only_new = "if-none-match" in app.request.headers
        number, is_new = get_service().create(customer_id, body.ssn, _requester(), only_new=only_new)
        return _reply(number, status=201 if is_new else 200)
    return _reply(get_service().replace(customer_id, body.ssn, _requester(), app.require_match))


@app.endpoint(
    "GET",
    "/v1/ssn/{customer_id}",
    scope="ssn/read",
    answers={200: MaskedSsn},
    problems=errors.READING,
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
    scope="ssn/erase",
    answers={204: None},
    problems=(*errors.AUDITED, PreconditionFailed, PreconditionRequired),
    headers=("If-Match!", "Dossier-Actor"),
)
def erase_ssn(customer_id: str) -> Response:
    """Erase a social security number.

    Erases this service's data only. `DELETE /v1/customers/{customer_id}` erases a customer in all services.

    Deletes the number's data keys and marks and the customer's used consents. The number cannot be decrypted again.
    This cannot be undone: all later requests under the customer's id return 410, except for the audit. The number can
    be stored for another customer. The audit stays and gets an entry.

    Scope: `ssn/erase`.
    """
    get_erasures().delete(customer_id, _requester(), app.require_match)
    return reply(status=204)


@app.endpoint(
    "POST",
    "/v1/ssn/{customer_id}/verify",
    scope="ssn/verify",
    answers={200: SsnVerificationResult},
    problems=(*errors.AUDITED, errors.ConsentRevoked, errors.ConsentUsed, errors.ConsentNotValid, QuotaExceeded),
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
    problems=(errors.NoCustomerWithSsn, QuotaExceeded, errors.SsnUnreadable, errors.AuditNotRecorded),
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
    "/v1/ssn/{customer_id}/export",
    scope="ssn/export",
    answers={200: SsnExportPage},
    problems=(*errors.AUDITED, QuotaExceeded),
    headers=("Dossier-Actor",),
)
def export_ssn(customer_id: str, query: SsnExportQuery) -> Response:
    """Export a subject's data.

    Returns everything that this service holds about the customer, for the customer: the masked number, and each
    operation on it with its recipient, time and purpose. Each section names the law under which it is given.

    The first page writes an audit entry with `reference` before it is returned. The next export contains the entry.
    Later pages write none. A client, or a person who is signed in at it, can export 60 times an hour.

    Scope: `ssn/export`. Sources: 15 USC 1681g(a); Regulation (EU) 2016/679, Articles 15 and 20.
    """
    position = app.cursors(query).read(query.cursor)
    if position:
        return _page(query, *get_exports().following(customer_id, query, position))
    return _page(query, *get_exports().first(customer_id, query, _requester(), _counted_for()))


@app.endpoint(
    "GET",
    "/v1/ssn/{customer_id}/consents",
    scope="ssn/read",
    answers={200: SsnConsentPage},
    problems=errors.READING,
)
def list_consents(customer_id: str, query: PageQuery) -> Response:
    """List used consents.

    Returns the consents with which the customer's number was verified, newest first. Those that release
    0.1.0 used are in the audit only. No audit entry is written, and no quota applies. An erasure deletes the list.

    Scope: `ssn/read`.
    """
    cursors = app.cursors(query)
    return _page(query, *get_consents().read(customer_id, query.limit, cursors.read(query.cursor)))


@app.endpoint(
    "POST",
    "/v1/ssn/{customer_id}/consents/revocations",
    scope="ssn/write",
    answers={204: None},
    problems=(*errors.AUDITED, errors.ConsentUsed),
    headers=("Dossier-Actor",),
)
def revoke_consent(customer_id: str, body: SsnConsentRevocation) -> Response:
    """Revoke a consent.

    Verifications with the consent return 403 `consent_revoked` from now on, for every customer. A consent that was
    used cannot be revoked. A repeated request changes nothing. Writes an audit entry. The customer needs no number.

    Scope: `ssn/write`.
    """
    get_consents().revoke(customer_id, body, _requester())
    return reply(status=204)


@app.endpoint(
    "GET",
    "/v1/ssn/{customer_id}/audit",
    scope="ssn/audit",
    answers={200: SsnAuditPage},
    problems=(errors.SsnNotFound, errors.SsnUnreadable),
)
def read_audit(customer_id: str, query: PageQuery) -> Response:
    """Read a number's audit.

    Returns the audit entries of a customer's number, newest first. An entry contains the requester, the operation and
    its reason, and never the number. `verified` is false if an entry of the page is missing or was changed. Reading the
    audit writes no entry, and no quota applies. The audit stays after an erasure.

    Scope: `ssn/audit`.
    """
    cursors = app.cursors(query)
    return _page(query, *get_audit().read(customer_id, query.limit, cursors.read(query.cursor)))


def _requester() -> Requester:
    return Requester.of(app.caller, app.request.context["requestId"])


def _counted_for() -> str:
    # A client of people has one id for all of them. A machine's token has no `username`.
    return f"{app.client_id} {app.claims['sub']}" if "username" in app.claims else app.client_id


def _page(query: PageQuery, page: Page[Any], position: str | None) -> Response:
    page.next_cursor = app.cursors(query).make(position)
    return reply(page, headers=page.link(query))


def _reply(ssn: MaskedSsn, status: int = 200) -> Response:
    # Not `version`, which would allow caches to store the response.
    return reply(ssn, status=status, headers={"ETag": entity_tag(ssn.version)})


handler = app.handler(warm=get_service)
