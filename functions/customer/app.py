"""The Customer Service: details of a customer."""

from typing import Any

from chalice.app import Response

from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken, IllegalStatusMove
from functions.customer.events import CustomerErased as CustomerErasedEvent
from functions.customer.merge_patch import CustomerPatch
from functions.customer.models import Customer, CustomerChangePage, CustomerDetails, CustomerPage, CustomerStatusChange
from functions.customer.queries import CustomerQuery
from functions.customer.store import get_store
from functions.shared.clock import now
from functions.shared.pages import PageQuery
from functions.shared.replies import reply
from functions.shared.service import Service

ONE = "/v1/customers/{customer_id}"
ABSENT = (CustomerNotFound, CustomerErased)

app = Service("customer")
app.add_health(lambda: get_store().check())
app.add_openapi(__file__)


@app.endpoint(
    "POST",
    "/v1/customers",
    scope="customers/write",
    answers={201: Customer},
    problems=(EmailTaken,),
    headers=("Idempotency-Key", "Dossier-Actor"),
    sends=("Location",),
)
def create_customer(body: CustomerDetails) -> Response:
    """Create a customer."""
    customer = Customer.create(body, now())
    answer = _versioned(customer, status=201, headers={"Location": f"customers/{customer.id}"})
    caller = app.caller
    return app.once(answer, lambda use: get_store().create(customer, caller, use))


@app.endpoint("GET", "/v1/customers", scope="customers/read", answers={200: CustomerPage})
def list_customers(query: CustomerQuery) -> Response:
    """List customers, newest first, or find them.

    Filters are any of `status`, `created_after` and `created_before`, or exactly one of `email`, `phone` and
    `family_name`, the last in the order of names.
    """
    cursors = app.cursors(query)
    position = cursors.read(query.cursor)
    if query.email is not None:
        return reply(CustomerPage(items=get_store().with_email(query.email), next_cursor=None))
    customers, following = get_store().page(query.listing(), query.limit, position)
    page = CustomerPage(items=customers, next_cursor=cursors.make(following))
    return reply(page, headers=page.link(query))


@app.endpoint(
    "GET", ONE, scope="customers/read", answers={200: Customer, 304: None}, problems=ABSENT, headers=("If-None-Match",)
)
def read_customer(customer_id: str) -> Response:
    """Read a customer."""
    customer = get_store().read(customer_id)
    if app.not_modified(customer.version):
        return reply(status=304, version=customer.version)
    return _versioned(customer)


@app.endpoint(
    "PATCH",
    ONE,
    scope="customers/write",
    media_types=("application/merge-patch+json", "application/json"),
    answers={200: Customer},
    problems=(*ABSENT, EmailTaken),
    headers=("If-Match!", "Dossier-Actor"),
)
def patch_customer(customer_id: str, body: CustomerPatch) -> Response:
    """Change a customer's details with a JSON Merge Patch."""
    caller, customer = app.caller, get_store().read(customer_id)
    app.require_match(customer.version)
    changed = customer.changed(body.applied_to(customer), now())
    if changed is not customer:
        get_store().replace(customer, changed, caller)
    return _versioned(changed)


@app.endpoint(
    "POST",
    f"{ONE}/status",
    scope="customers/write",
    answers={200: Customer},
    problems=(*ABSENT, IllegalStatusMove),
    headers=("If-Match!", "Dossier-Actor"),
)
def change_status(customer_id: str, body: CustomerStatusChange) -> Response:
    """Move a customer's status: active and suspended to each other, both to closed, which is final."""
    caller, customer = app.caller, get_store().read(customer_id)
    app.require_match(customer.version)
    moved = customer.moved(body.status, now())
    get_store().replace(customer, moved, caller, body.reason)
    return _versioned(moved)


@app.endpoint(
    "DELETE",
    ONE,
    scope="customers/erase",
    answers={204: None},
    problems=ABSENT,
    headers=("If-Match!", "Dossier-Actor"),
)
def erase_customer(customer_id: str) -> Response:
    """Erase a customer: the personal data is gone at once, a tombstone stays."""
    caller, customer = app.caller, get_store().read(customer_id)
    app.require_match(customer.version)
    event = CustomerErasedEvent.of(customer.id, caller, now(), app.request.headers.get("traceparent"))
    get_store().erase(customer, event)
    return reply(status=204)


@app.endpoint("GET", f"{ONE}/events", scope="customers/read", answers={200: CustomerChangePage}, problems=ABSENT)
def list_events(customer_id: str, query: PageQuery) -> Response:
    """List what was changed of a customer, newest first: who, when, and the names of the fields."""
    cursors = app.cursors(query)
    position = cursors.read(query.cursor)
    customer = get_store().read(customer_id)
    changes, following = get_store().history(customer.id, query.limit, position)
    page = CustomerChangePage(items=changes, next_cursor=cursors.make(following))
    return reply(page, headers=page.link(query))


def _versioned(customer: Customer, **more: Any) -> Response:
    return reply(customer, version=customer.version, **more)


handler = app.handler(warm=get_store)
