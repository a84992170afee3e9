"""The Credit Score Service: reports of the bureaus, and the current score for a permissible purpose."""

from chalice.app import Response

from functions.credit.models import NewReport, ScoreQuery
from functions.credit.store import get_store
from functions.shared.replies import reply
from functions.shared.service import Service

app = Service("credit")
app.add_health(lambda: get_store().check())


@app.endpoint("POST", "/v1/credit/{customer_id}/scores", scope="credit/write")
def record_score(customer_id: str, body: NewReport) -> Response:
    """Record a bureau's report."""
    return reply(get_store().record(customer_id, body, app.caller), status=201)


@app.endpoint("GET", "/v1/credit/{customer_id}/score", scope="credit/read")
def read_score(customer_id: str, query: ScoreQuery) -> Response:
    """Read the current score; the inquiry is recorded before the answer goes out."""
    return reply(get_store().disclose(customer_id, query, app.caller))


handler = app.handler(warm=get_store)
