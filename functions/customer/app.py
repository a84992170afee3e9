"""The Customer Service stores the names, contacts and status of customers, and the history of their changes."""

from typing import Any

from chalice.app import Response

from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken, IllegalStatusMove
from functions.customer.events import CustomerErased as CustomerErasedEvent
from functions.customer.history import CustomerChangePage
from functions.customer.merge_patch import CustomerPatch
from functions.customer.models import Customer, CustomerDetails, CustomerPage, CustomerStatusChange
from functions.customer.queries import CustomerQuery
from functions.customer.store import get_store
from functions.shared.plain.clock import now
from functions.shared.requests.pages import PageQuery
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import add_health, add_openapi

ONE = "/v1/customers/{customer_id}"
ABSENT = (CustomerNotFound, CustomerErased)

app = Service("customer")
add_health(app, lambda: get_store().check())
add_openapi(app, __file__)


@app.endpoint(
    "POST",
    "/v1/customers",
    scope="customers/write",
    answers={201: Customer},
    descriptions={201: "The new customer"},
    problems=(EmailTaken,),
    headers=("Idempotency-Key", "Dossier-Actor"),
    sends=("Location",),
)
def create_customer(body: CustomerDetails) -> Response:
    """Create a customer.

    Stores the customer with the status `active` and version 1, and adds the first entry to its history. Each e-mail
    address belongs to one customer, in any case of its letters. With an `Idempotency-Key`, a repeated request returns
    the first response. Scope: `customers/write`.
    """
    customer = Customer.create(body, now())
    response = _versioned(customer, status=201, headers={"Location": f"customers/{customer.id}"})
    caller = app.caller
    return app.once(response, lambda use: get_store().create(customer, caller, use))


@app.endpoint(
    "GET",
    "/v1/customers",
    scope="customers/read",
    answers={200: CustomerPage},
    descriptions={200: "Customers that match the filters"},
)
def list_customers(query: CustomerQuery) -> Response:
    """List customers.

    Returns the newest customers first. Filters are any of `status`, `created_after` and `created_before`, or exactly
    one of `email`, `phone` and `family_name`. `family_name` matches the beginning of the name, and sorts by name.
    Erased customers are not listed. Scope: `customers/read`.

    Except with `email`, a list may be some milliseconds older than the latest change.
    """
    cursors = app.cursors(query)
    position = cursors.read(query.cursor)
    if query.email is not None:
        return reply(CustomerPage(items=get_store().with_email(query.email), next_cursor=None))
    customers, following = get_store().page(query.listing(), query.limit, position)
    page = CustomerPage(items=customers, next_cursor=cursors.make(following))
    return reply(page, headers=page.link(query))


@app.endpoint(
    "GET",
    ONE,
    scope="customers/read",
    answers={200: Customer, 304: None},
    descriptions={200: "The customer, with its version as `ETag`"},
    problems=ABSENT,
    headers=("If-None-Match",),
)
def read_customer(customer_id: str) -> Response:
    """Read a customer.

    Returns the latest version: the read is strongly consistent. `ETag` contains the version, which PATCH, DELETE and a
    change of status need in `If-Match`. Scope: `customers/read`.
    """
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
    descriptions={200: "The changed customer"},
    problems=(*ABSENT, EmailTaken),
    headers=("If-Match!", "Dossier-Actor"),
)
def patch_customer(customer_id: str, body: CustomerPatch) -> Response:
    """Change a customer's details.

    Applies a JSON Merge Patch (RFC 7396): members that are left out stay, and `null` removes a member. The result must
    be valid as a whole. A change makes a new version and adds an entry to the history. A patch without effect makes
    none. Members that only the service sets may be sent back unchanged. Scope: `customers/write`.
    """
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
    descriptions={200: "The customer with its new status"},
    problems=(*ABSENT, IllegalStatusMove),
    headers=("If-Match!", "Dossier-Actor"),
)
def change_status(customer_id: str, body: CustomerStatusChange) -> Response:
    """Change a customer's status.

    An `active` customer can become `suspended` or `closed`, and a `suspended` one `active` or `closed`. `closed` is
    final. Makes a new version and adds an entry with the reason to the history. Scope: `customers/write`.
    """
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
    descriptions={204: "The customer is erased"},
    problems=ABSENT,
    headers=("If-Match!", "Dossier-Actor"),
)
def erase_customer(customer_id: str) -> Response:
    """Erase a customer.

    Deletes the personal data immediately and permanently. Later requests for this id return 410. The history and a
    tombstone with the time remain, and the e-mail address can be used again. An event `customer.erased` makes the other
    services erase their data of this customer. Scope: `customers/erase`.
    """
    caller, customer = app.caller, get_store().read(customer_id)
    app.require_match(customer.version)
    event = CustomerErasedEvent.of(customer.id, caller, now(), app.request.headers.get("traceparent"))
    get_store().erase(customer, event)
    return reply(status=204)


@app.endpoint(
    "GET",
    f"{ONE}/events",
    scope="customers/read",
    answers={200: CustomerChangePage},
    descriptions={200: "Changes of the customer, newest first"},
    problems=ABSENT,
)
def list_events(customer_id: str, query: PageQuery) -> Response:
    """List a customer's changes.

    Returns the newest changes first: the caller, the time, and the names of the changed members. The history contains
    no values. Scope: `customers/read`.
    """
    cursors = app.cursors(query)
    position = cursors.read(query.cursor)
    customer = get_store().read(customer_id)
    changes, following = get_store().history(customer.id, query.limit, position)
    page = CustomerChangePage(items=changes, next_cursor=cursors.make(following))
    return reply(page, headers=page.link(query))


def _versioned(customer: Customer, **more: Any) -> Response:
    return reply(customer, version=customer.version, **more)


handler = app.handler(warm=get_store)
