"""Reads the records that a law requires after an erasure, in a separate function with its own permissions."""

from chalice.app import Response

from functions.credit.errors import CreditFileNotFound
from functions.credit.retained_store import get_retained
from functions.credit.retention import RetainedPage
from functions.shared.requests.pages import PageQuery
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service

app = Service("credit")


@app.endpoint(
    "GET",
    "/v1/credit/{customer_id}/retained",
    scope="credit/retained",
    answers={200: RetainedPage},
    problems=(CreditFileNotFound,),
    headers=("Dossier-Actor",),
)
def list_retained(customer_id: str, query: PageQuery) -> Response:
    """List the retained records.

    Returns a page of the inquiries and adverse-action notices that a law requires after an erasure, each with the law
    and the end of its retention. The page is empty if no erasure has retained any. Each read is stored with the client
    and the person that it acts for, before the response is sent. Scope: `credit/retained`.
    """
    cursors = app.cursors(query)
    records, position = get_retained().read(customer_id, app.caller, query.limit, cursors.read(query.cursor))
    page = RetainedPage(items=records, next_cursor=cursors.make(position))
    return reply(page, headers=page.link(query))


handler = app.handler(warm=get_retained)
