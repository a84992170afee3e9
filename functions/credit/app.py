"""The Credit Score Service: reports of the bureaus, scores for a permissible purpose, inquiries, freezes, notices."""

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
)
from functions.credit.files import CreditFile, FreezeState
from functions.credit.freeze_store import get_freezes
from functions.credit.freezes import NewFreeze, SecurityFreeze
from functions.credit.history import HistoryQuery, ScoreHistoryPage
from functions.credit.inquiries import (
    DisclosedScore,
    Inquiry,
    InquiryKind,
    InquiryPage,
    InquiryResult,
    NewInquiry,
    ScoreInquiry,
)
from functions.credit.models import CreditReport, NewCreditReport, ScoreQuery
from functions.credit.notices import AdverseActionNotice, AdverseActionRequest
from functions.credit.store import get_store
from functions.shared import etag
from functions.shared.clock import now
from functions.shared.pages import PageQuery
from functions.shared.problems import IdempotencyKeyRequired, PreconditionFailed, PreconditionRequired
from functions.shared.replies import reply
from functions.shared.service import Service

app = Service("credit")
app.add_health(lambda: get_store().check())
app.add_openapi(__file__)

_FILE = (CreditFileNotFound, CreditFileErased)
_DISCLOSURE = (*_FILE, NoScoreRecorded, FileFrozen, InquiryNotRecorded)


@app.endpoint(
    "POST",
    "/v1/credit/{customer_id}/scores",
    scope="credit/write",
    answers={201: CreditReport},
    problems=_FILE,
    headers=("Idempotency-Key", "Dossier-Actor"),
)
def record_score(customer_id: str, body: NewCreditReport) -> Response:
    """Record a bureau's report."""
    report = CreditReport.record(customer_id, body, now())
    return app.once(reply(report, status=201), lambda use: get_store().record(report, app.caller, use))


@app.endpoint(
    "GET",
    "/v1/credit/{customer_id}/scores",
    scope="credit/read",
    answers={200: ScoreHistoryPage},
    problems=(*_FILE, FileFrozen, InquiryNotRecorded),
    headers=("Dossier-Actor",),
)
def list_scores(customer_id: str, query: HistoryQuery) -> Response:
    """Read the history of scores, either way in time; the inquiry is recorded before the answer goes out."""
    cursors, caller = app.cursors(query), app.caller
    position = cursors.read(query.cursor)

    def step(file: CreditFile) -> Response:
        file.admit(query)
        told = get_store().history(file, query, position)
        inquiry = Inquiry.of_history(customer_id, query, told, caller, file.at)
        page = ScoreHistoryPage.of(told, cursors.make(told.position), inquiry.id)
        get_store().keep(inquiry, file.state)
        return reply(page, headers=page.link(query))

    return get_store().disclose(customer_id, step)


@app.endpoint(
    "GET",
    "/v1/credit/{customer_id}/score",
    scope="credit/read",
    answers={200: DisclosedScore},
    problems=_DISCLOSURE,
    headers=("Dossier-Actor",),
)
def read_score(customer_id: str, query: ScoreQuery) -> Response:
    """Read the current score; the inquiry is recorded before the answer goes out."""
    caller = app.caller

    def step(file: CreditFile) -> Response:
        inquiry = ScoreInquiry.of(query, InquiryKind.SOFT, file.current(query), caller, file.at)
        get_store().keep(inquiry, file.state)
        return reply(DisclosedScore.by(inquiry))

    return get_store().disclose(customer_id, step)


@app.endpoint(
    "POST",
    "/v1/credit/{customer_id}/inquiries",
    scope="credit/inquire",
    answers={201: InquiryResult},
    problems=(*_DISCLOSURE, IdempotencyKeyRequired),
    headers=("Idempotency-Key", "Dossier-Actor"),
)
def make_inquiry(customer_id: str, body: NewInquiry) -> Response:
    """Make a hard or soft inquiry and read the score that it discloses; a hard one needs an Idempotency-Key."""
    caller = app.caller

    def step(file: CreditFile) -> Response:
        inquiry = ScoreInquiry.of(body, body.kind, file.current(body), caller, file.at)
        return app.once(
            reply(InquiryResult.by(inquiry), status=201),
            lambda use: get_store().keep(inquiry, file.state, use),
            required=body.kind is InquiryKind.HARD,
        )

    return get_store().disclose(customer_id, step)


@app.endpoint(
    "GET", "/v1/credit/{customer_id}/inquiries", scope="credit/read", answers={200: InquiryPage}, problems=_FILE
)
def list_inquiries(customer_id: str, query: PageQuery) -> Response:
    """List who has asked for the customer's scores, newest first; it tells no score."""
    cursors = app.cursors(query)
    inquiries, position = get_store().inquiries(customer_id, query.limit, cursors.read(query.cursor))
    page = InquiryPage(items=inquiries, next_cursor=cursors.make(position))
    return reply(page, headers=page.link(query))


@app.endpoint(
    "GET",
    "/v1/credit/{customer_id}/freeze",
    scope="credit/freeze",
    answers={200: SecurityFreeze},
    problems=(*_FILE, FreezeNotFound),
    headers=("If-None-Match",),
)
def read_freeze(customer_id: str) -> Response:
    """Read the security freeze."""
    freeze = get_freezes().freeze(customer_id)
    if app.not_modified(freeze.version):
        return reply(status=304, version=freeze.version)
    return reply(freeze, version=freeze.version)


@app.endpoint(
    "PUT",
    "/v1/credit/{customer_id}/freeze",
    scope="credit/freeze",
    answers={201: SecurityFreeze, 200: SecurityFreeze},
    problems=(*_FILE, PreconditionFailed, PreconditionRequired),
    headers=("If-Match", "If-None-Match: *", "Dossier-Actor"),
)
def place_freeze(customer_id: str, body: NewFreeze) -> Response:
    """Place a security freeze; with If-Match, replace it."""
    caller = app.caller
    state = get_freezes().state(customer_id)
    _require_match(state)
    freeze = get_freezes().place(customer_id, state, body, caller)
    return reply(freeze, status=201 if state.freeze is None else 200, version=freeze.version)


@app.endpoint(
    "DELETE",
    "/v1/credit/{customer_id}/freeze",
    scope="credit/freeze",
    answers={204: None},
    problems=(*_FILE, FreezeNotFound, PreconditionFailed, PreconditionRequired),
    headers=("If-Match!", "Dossier-Actor"),
)
def lift_freeze(customer_id: str) -> Response:
    """Lift the security freeze at every bureau."""
    caller = app.caller
    freeze = get_freezes().freeze(customer_id)
    app.require_match(freeze.version)
    get_freezes().lift(freeze, caller)
    return reply(status=204)


@app.endpoint(
    "POST",
    "/v1/credit/{customer_id}/adverse-action",
    scope="credit/read",
    answers={200: AdverseActionNotice},
    problems=(*_FILE, InquiryNotFound, NoticeIncomplete),
)
def draw_up_notice(customer_id: str, body: AdverseActionRequest) -> Response:
    """Draw up the content of an adverse-action notice on the score that an inquiry of this client disclosed."""
    inquiry = get_store().inquiry(customer_id, body.inquiry_id, app.client_id)
    return reply(AdverseActionNotice.of(inquiry, now()))


def _require_match(state: FreezeState) -> None:
    if state.freeze is not None:
        app.require_match(state.version)
    elif "if-match" in app.request.headers:
        etag.refuse_match(app.request.headers["if-match"])


handler = app.handler(warm=get_store)
