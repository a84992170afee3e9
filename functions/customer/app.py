"""The Customer Service: details of a customer."""

from chalice.app import Response

from functions.customer.models import CustomerDetails, CustomerPage, ListQuery, MergePatch
from functions.customer.store import get_store
from functions.shared.cursor import Cursors
from functions.shared.replies import reply
from functions.shared.service import Service
from functions.shared.signing import signing_key

app = Service("customer")
app.add_health(lambda: get_store().check())


@app.endpoint("POST", "/v1/customers", scope="customers/write")
def create_customer(body: CustomerDetails) -> Response:
    """Create a customer."""
    customer = get_store().create(body)
    return reply(customer, status=201, version=customer.version, headers={"Location": f"customers/{customer.id}"})


@app.endpoint("GET", "/v1/customers", scope="customers/read")
def list_customers(query: ListQuery) -> Response:
    """List customers, newest first."""
    cursors = Cursors(signing_key, "GET /v1/customers", app.client_id)
    customers, position = get_store().page(query.limit, cursors.read(query.cursor))
    page = CustomerPage(items=customers, next_cursor=cursors.make(position))
    return reply(page, headers=page.link(query.limit))


@app.endpoint("GET", "/v1/customers/{customer_id}", scope="customers/read")
def read_customer(customer_id: str) -> Response:
    """Read a customer."""
    customer = get_store().read(customer_id)
    if app.not_modified(customer.version):
        return reply(status=304, version=customer.version)
    return reply(customer, version=customer.version)


@app.endpoint(
    "PATCH",
    "/v1/customers/{customer_id}",
    scope="customers/write",
    media_types=("application/merge-patch+json", "application/json"),
)
def patch_customer(customer_id: str, body: MergePatch) -> Response:
    """Change a customer's details with a JSON Merge Patch."""
    customer = get_store().read(customer_id)
    app.require_match(customer.version)
    changed = get_store().change(customer, body.applied_to(customer))
    return reply(changed, version=changed.version)


@app.endpoint("DELETE", "/v1/customers/{customer_id}", scope="customers/erase")
def erase_customer(customer_id: str) -> Response:
    """Erase a customer: the personal data is gone at once, a tombstone stays."""
    customer = get_store().read(customer_id)
    app.require_match(customer.version)
    get_store().erase(customer)
    return reply(status=204)


handler = app.handler(warm=get_store)
