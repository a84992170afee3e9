"""The Credit Score Service stores reports of credit bureaus and discloses scores for a permissible purpose.

It records an inquiry for each disclosure, obeys security freezes, and draws up adverse-action notices.
"""

from functools import partial

from chalice.app import Response

from functions.credit.errors import (
    CreditFileErased,
    CreditFileNotFound,
    FileFrozen,
    FreezeNotFound,
    InquiryNotFound,
    InquiryNotRecorded,
    NoScoreRecorded,
    NoticeIncomplete,
    ReportExists,
)
from functions.credit.export_store import get_exports
from functions.credit.exports import ExportPage, ExportQuery
from functions.credit.freezes import NewFreeze, SecurityFreeze
from functions.credit.history import HistoryQuery, ScoreHistoryPage
from functions.credit.inquiries import (
    DisclosedScore,
    InquiryKind,
    InquiryPage,
    InquiryResult,
    NewInquiry,
    ScoreInquiry,
)
from functions.credit.models import CreditReport, ScoreQuery
from functions.credit.new_report import NewCreditReport
from functions.credit.notice_store import get_notices
from functions.credit.notices import AdverseActionNotice, AdverseActionRequest
from functions.credit.service import Disclosure, Save, erase_file
from functions.credit.store import get_store
from functions.credit.table import FreezeState
from functions.shared.plain.clock import now
from functions.shared.plain.problems import (
    IdempotencyKeyRequired,
    PreconditionFailed,
    PreconditionRequired,
    QuotaExceeded,
)
from functions.shared.requests import etag
from functions.shared.requests.pages import PageQuery
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import add_health, add_openapi

app = Service("credit")
add_health(app, lambda: get_store().check())
add_openapi(app, __file__)

_PATH = "/v1/credit/{customer_id}"
_FILE = (CreditFileNotFound, CreditFileErased)
_DISCLOSURE = (*_FILE, FileFrozen, InquiryNotRecorded)


@app.endpoint(
    "POST",
    f"{_PATH}/scores",
    scope="credit/write",
    answers={201: CreditReport},
    problems=(*_FILE, ReportExists),
    headers=("Idempotency-Key", "Dossier-Actor"),
)
def record_score(customer_id: str, body: NewCreditReport) -> Response:
    """Record a credit bureau's report.

    Stores the report for seven calendar years (15 USC 1681c(a)) and adds its range and band. A report that is older
    than the current one is stored, but does not become current. A report that equals a stored one in all members of
    the body is refused (`report_exists`). No inquiry is recorded. `Idempotency-Key` is optional. Scope:
    `credit/write`.
    """
    report = CreditReport.record(customer_id, body, now())
    return app.once(reply(report, status=201), partial(get_store().record_report, report, app.caller))


@app.endpoint(
    "GET",
    f"{_PATH}/scores",
    scope="credit/read",
    answers={200: ScoreHistoryPage},
    problems=_DISCLOSURE,
    headers=("Dossier-Actor",),
)
def list_scores(customer_id: str, query: HistoryQuery) -> Response:
    """List the score history.

    Returns a page of reports and records a soft inquiry with their ids, before the response is sent. `summary=true`
    adds a summary of the last year. Reports older than seven years are left out (15 USC 1681c(a)). Scope:
    `credit/read`.

    A security freeze blocks the request, unless the purpose has an exception (15 USC 1681c-1(i)(4)). Without
    `bureau`, a freeze at any bureau blocks it.
    """
    page = Disclosure(get_store(), customer_id, app.caller).history(query, app.cursors(query))
    return reply(page, headers=page.link(query))


@app.endpoint(
    "GET",
    f"{_PATH}/score",
    scope="credit/read",
    answers={200: DisclosedScore},
    problems=(*_DISCLOSURE, NoScoreRecorded),
    headers=("Dossier-Actor",),
)
def read_score(customer_id: str, query: ScoreQuery) -> Response:
    """Read the current score.

    Returns the newest report of `bureau` and `model`, or the newest of all, with the texts of its reason codes.
    Records a soft inquiry before the response is sent. If the inquiry cannot be recorded, no score is disclosed.
    Scope: `credit/read`.

    A security freeze blocks the request, unless the purpose has an exception (15 USC 1681c-1(i)(4)). Without
    `bureau`, a freeze at any bureau blocks it.
    """
    return Disclosure(get_store(), customer_id, app.caller).score(query, InquiryKind.SOFT, _respond)


@app.endpoint(
    "POST",
    f"{_PATH}/inquiries",
    scope="credit/inquire",
    answers={201: InquiryResult},
    problems=(*_DISCLOSURE, NoScoreRecorded, IdempotencyKeyRequired),
    headers=("Idempotency-Key", "Dossier-Actor"),
)
def make_inquiry(customer_id: str, body: NewInquiry) -> Response:
    """Make a hard or soft inquiry.

    Records the inquiry, and returns it with the current score of the bureau and model. Other lenders can see a hard
    inquiry. It needs `Idempotency-Key` and a purpose that the consumer initiated (15 USC 1681b(c)(3)). A repeated
    request returns the first response and records nothing. Scope: `credit/inquire`.

    A security freeze at the bureau blocks the request, also a repeated one, unless the purpose has an exception (15
    USC 1681c-1(i)(4)).
    """
    return Disclosure(get_store(), customer_id, app.caller).score(body, body.kind, _respond_once)


@app.endpoint("GET", f"{_PATH}/inquiries", scope="credit/read", answers={200: InquiryPage}, problems=_FILE)
def list_inquiries(customer_id: str, query: PageQuery) -> Response:
    """List the inquiries.

    Returns a page of inquiries into the credit file, newest first, without scores. No inquiry is recorded.
    Inquiries are left out after the retention period of their purpose (15 USC 1681g(a)(3), 12 CFR 1002.12(b)).
    Scope: `credit/read`.
    """
    cursors = app.cursors(query)
    inquiries, position = get_store().list_inquiries(customer_id, query.limit, cursors.read(query.cursor))
    page = InquiryPage(items=inquiries, next_cursor=cursors.make(position))
    return reply(page, headers=page.link(query))


@app.endpoint(
    "GET",
    f"{_PATH}/freeze",
    scope="credit/freeze",
    answers={200: SecurityFreeze},
    problems=(*_FILE, FreezeNotFound),
    headers=("If-None-Match",),
)
def read_freeze(customer_id: str) -> Response:
    """Read the security freeze.

    Returns the freeze with its ETag. No inquiry is recorded. Scope: `credit/freeze`.
    """
    freeze = get_store().read_freeze(customer_id)
    return reply(status=304, version=freeze.version) if app.not_modified(freeze.version) else _versioned(freeze)


@app.endpoint(
    "PUT",
    f"{_PATH}/freeze",
    scope="credit/freeze",
    answers={201: SecurityFreeze, 200: SecurityFreeze},
    problems=(*_FILE, PreconditionFailed, PreconditionRequired),
    headers=("If-Match", "If-None-Match: *", "Dossier-Actor"),
)
def place_freeze(customer_id: str, body: NewFreeze) -> Response:
    """Place or replace the security freeze.

    The freeze blocks disclosures immediately, at all bureaus or at those in the body (15 USC 1681c-1(i)). To
    replace a freeze, send `If-Match` with its ETag. Each version is stored with the client and the person who made
    it. Scope: `credit/freeze`.
    """
    caller, state = app.caller, get_store().freeze_state(customer_id)
    _require_match(state)
    freeze = get_store().place_freeze(customer_id, state, body, caller)
    return _versioned(freeze, status=200 if state.freeze else 201)


@app.endpoint(
    "DELETE",
    f"{_PATH}/freeze",
    scope="credit/freeze",
    answers={204: None},
    problems=(*_FILE, FreezeNotFound, PreconditionFailed, PreconditionRequired),
    headers=("If-Match!", "Dossier-Actor"),
)
def lift_freeze(customer_id: str) -> Response:
    """Lift the security freeze.

    Ends the freeze at every bureau. To lift it at some bureaus or for some time, replace it with PUT. The lift is
    stored with the client and the person who made it. Scope: `credit/freeze`.
    """
    caller, freeze = app.caller, get_store().read_freeze(customer_id)
    app.require_match(freeze.version)
    get_store().lift_freeze(freeze, caller)
    return reply(status=204)


@app.endpoint(
    "POST",
    f"{_PATH}/adverse-action",
    scope="credit/read",
    answers={200: AdverseActionNotice},
    problems=(*_FILE, InquiryNotFound, NoticeIncomplete),
    headers=("Idempotency-Key", "Dossier-Actor"),
)
def draw_up_notice(customer_id: str, body: AdverseActionRequest) -> Response:
    """Draw up an adverse-action notice.

    Returns the content that FCRA 615(a) (15 USC 1681m(a)) requires, from the data that the inquiry disclosed. Only
    the client of the inquiry can request it. The notice is stored for 25 months (12 CFR 1002.12(b)). No inquiry is
    recorded. The inquiry must have disclosed one score, or the cause of its absence. `Idempotency-Key` is optional.
    Scope: `credit/read`.
    """
    notice = AdverseActionNotice.of(get_notices().read_inquiry(customer_id, body.inquiry_id, app.client_id), now())
    return app.once(reply(notice), partial(get_notices().record, notice, app.caller))


@app.endpoint(
    "DELETE",
    _PATH,
    scope="credit/erase",
    answers={204: None},
    problems=(*_FILE, PreconditionFailed, PreconditionRequired),
    headers=("If-Match!",),
)
def erase_credit_file(customer_id: str) -> Response:
    """Erase the credit file.

    Erases this service's data of the customer only, also if it has none. `DELETE /v1/customers/{customer_id}` erases
    the customer's data in all services. Afterwards, all routes of the file return 410, except `…/retained`. Inquiries
    and notices that a law requires are sealed until their retention ends (12 CFR 1002.12(b), 15 USC 1681g(a)(3)).

    Send `If-Match: *`, or the ETag of the file's freeze. If a large file is not erased in time, the response is 503;
    repeat the request to continue. Scope: `credit/erase`.
    """
    erase_file(customer_id, now(), app.require_match)
    return reply(status=204)


@app.endpoint(
    "GET",
    f"{_PATH}/export",
    scope="credit/export",
    answers={200: ExportPage},
    problems=(*_FILE, QuotaExceeded),
    headers=("Dossier-Actor",),
)
def export_credit_file(customer_id: str, query: ExportQuery) -> Response:
    """Export the credit file.

    Returns a page of everything that this service holds about the consumer: reports, versions of the freeze, inquiries,
    notices and earlier exports. Each record has its origin, purpose, recipients, retention and law. A recipient is an
    organisation, never its employee.

    The page is recorded with the client, the person that it acts for, the time and `reference`, before the response is
    sent. It is the consumer's own copy: no inquiry is recorded, and a freeze does not stop it. A client can start 60
    exports an hour, and all clients together 60 of one consumer. Scope: `credit/export`.
    """
    cursors = app.cursors(query)
    records, export, following = get_exports().page(customer_id, query, app.caller, cursors.read(query.cursor))
    page = ExportPage(items=records, next_cursor=cursors.make(following), export_id=export.id)
    return reply(page, headers=page.link(query))


def _respond(inquiry: ScoreInquiry, save: Save) -> Response:
    save(None)
    return reply(DisclosedScore.of(inquiry))


def _respond_once(inquiry: ScoreInquiry, save: Save) -> Response:
    return app.once(reply(InquiryResult.of(inquiry), status=201), save, required=inquiry.kind is InquiryKind.HARD)


def _require_match(state: FreezeState) -> None:
    if state.freeze is not None:
        app.require_match(state.version)
    elif "if-match" in app.request.headers:
        etag.refuse_match(app.request.headers["if-match"])


def _versioned(freeze: SecurityFreeze, status: int = 200) -> Response:
    return reply(freeze, status=status, version=freeze.version)


handler = app.handler(warm=get_store)
