"""The Social Security Service: numbers, stored encrypted and read masked."""

from chalice.app import Response

from functions.shared.etag import entity_tag
from functions.shared.replies import reply
from functions.shared.service import Service
from functions.ssn.models import MaskedSsn, SubmittedSsn
from functions.ssn.store import get_store

app = Service("ssn", names_unknown_members=False)
app.add_health(lambda: get_store().check())


@app.endpoint("PUT", "/v1/ssn/{customer_id}", scope="ssn/write")
def store_ssn(customer_id: str, body: SubmittedSsn) -> Response:
    """Store a customer's number; with If-Match, replace it."""
    if "if-match" not in app.request.headers:
        return _reply(get_store().create(customer_id, body.ssn), status=201)
    record = get_store().record(customer_id)
    app.require_match(record.version)
    return _reply(get_store().replace(customer_id, record, body.ssn))


@app.endpoint("GET", "/v1/ssn/{customer_id}", scope="ssn/read")
def read_ssn(customer_id: str) -> Response:
    """Read a customer's number, masked."""
    return _reply(get_store().read(customer_id))


def _reply(ssn: MaskedSsn, status: int = 200) -> Response:
    """With an entity tag to hold a change to, but for nobody to keep: no `version`, which would allow caches."""
    return reply(ssn, status=status, headers={"ETag": entity_tag(ssn.version)})


handler = app.handler(warm=get_store)
