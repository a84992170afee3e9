"""The Customer Service's routes, and customers to try them with."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3

from functions.customer.erasure_store import get_erasure_store
from functions.customer.models import Customer, CustomerDetails
from functions.customer.participants import registry
from functions.customer.store import CustomerStore, get_store
from functions.shared.aws.client import DynamoDB
from functions.shared.aws.outbox import Outbox, get_inbox, get_outbox
from functions.shared.aws.signing import signing_key
from functions.shared.plain.events import Event
from functions.shared.requests.caller import Caller
from infra.templates import ROOT
from tests.support.account import account
from tests.support.dynamodb import Table
from tests.support.gateway import Answer, Gateway
from tests.support.resources import create_key, create_table

TEMPLATE = ROOT / "functions" / "customer" / "template.yaml"

CREATE = "POST /v1/customers"
LIST = "GET /v1/customers"
READ = "GET /v1/customers/{customer_id}"
PATCH = "PATCH /v1/customers/{customer_id}"
ERASE = "DELETE /v1/customers/{customer_id}"
STATUS = "POST /v1/customers/{customer_id}/status"
EVENTS = "GET /v1/customers/{customer_id}/events"
ERASURE = "GET /v1/customers/{customer_id}/erasure"
ERASURES = "GET /v1/erasures"
CONFIRM = "PUT /v1/customers/{customer_id}/erasure/receipts/{service}"
HEALTH = "GET /health/customer"

SOURCE = "/dossier/test/customer"
ERASURE_PATH = "/dossier/test/erasure"

# Well formed, and nobody's: its time is the year 2014.
NOBODY = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"

CALLER = Caller(client_id="client-under-test")

ADA: dict[str, Any] = {
    "given_name": "Ada",
    "family_name": "Lovelace",
    "email": "ada@example.com",
    "phone": "+14155550123",
    "date_of_birth": "1985-12-10",
    "address": {
        "line1": "1 Analytical Way",
        "line2": "Apt 4",
        "city": "San Francisco",
        "region": "CA",
        "postal_code": "94105",
        "country": "US",
    },
    "language": "en-US",
    "metadata": {"source": "branch", "tier": "gold"},
}


def created(gateway: Gateway, **members: Any) -> dict[str, Any]:
    """A new customer, called Ada at ada@example.com unless the members say otherwise."""
    answer = gateway.call(CREATE, body={"given_name": "Ada", "email": "ada@example.com", **members})
    assert answer.status == 201, answer.text
    customer: dict[str, Any] = answer.json
    return customer


def read(gateway: Gateway, customer_id: str, **headers: str) -> Answer:
    """The answer to reading a customer."""
    return gateway.call(READ, path={"customer_id": customer_id}, headers=_named(headers))


def patched(gateway: Gateway, customer: dict[str, Any], patch: Any, **headers: str) -> Answer:
    """The answer to a merge patch of the version of a customer that is given."""
    sent = {"If-Match": f'"{customer["version"]}"', "Content-Type": "application/merge-patch+json", **_named(headers)}
    return gateway.call(PATCH, path={"customer_id": customer["id"]}, body=patch, headers=sent)


def erased(gateway: Gateway, customer: dict[str, Any], **headers: str) -> Answer:
    """The answer to erasing the version of a customer that is given."""
    sent = {"If-Match": f'"{customer["version"]}"', **_named(headers)}
    return gateway.call(ERASE, path={"customer_id": customer["id"]}, headers=sent)


def moved(gateway: Gateway, customer: dict[str, Any], status: str, reason: str = "other", **headers: str) -> Answer:
    """The answer to moving the status of the version of a customer that is given."""
    body = {"status": status, "reason": reason}
    sent = {"If-Match": f'"{customer["version"]}"', **_named(headers)}
    return gateway.call(STATUS, path={"customer_id": customer["id"]}, body=body, headers=sent)


def history(gateway: Gateway, customer_id: str, **query: Any) -> Answer:
    """The answer to asking for the history of a customer."""
    return gateway.call(EVENTS, path={"customer_id": customer_id}, query=query)


def ids_of(answer: Answer) -> list[str]:
    """The ids on a page of the list."""
    assert answer.status == 200, answer.text
    return [customer["id"] for customer in answer.json["items"]]


def pages(gateway: Gateway, *, limit: int, **filters: str) -> list[list[str]]:
    """The ids on each page of the list, from the first to the last."""
    answer = gateway.call(LIST, query={"limit": limit, **filters})
    found = [ids_of(answer)]
    while answer.json["next_cursor"] is not None:
        answer = gateway.call(LIST, query={"limit": limit, **filters, "cursor": answer.json["next_cursor"]})
        found.append(ids_of(answer))
        assert len(found) < 1000, "the pages go round in a circle"
    return found


@contextmanager
def deployed_service() -> Iterator[Table]:
    """An account in memory with the service's table and key, which the service finds in its environment."""
    with account() as environment:
        table = Table(create_table(TEMPLATE), boto3.client("dynamodb"))
        environment.setenv("TABLE_NAME", table.name)
        environment.setenv("LEDGER_NAME", create_table(TEMPLATE, "Ledger"))
        environment.setenv("EVENTS_TABLE_NAME", create_table(TEMPLATE, "EventsTable"))
        environment.setenv("EVENT_SOURCE", SOURCE)
        environment.setenv("ERASURE_PATH", ERASURE_PATH)
        environment.setenv("SIGNING_KEY_ID", create_key(TEMPLATE, "SigningKey"))
        register("credit", '{"source":"/dossier/test/credit"}')
        register("notes", '{"client_id":"client-under-test"}')
        forget()
        yield table
        forget()


def register(service: str, registration: str) -> None:
    """Register a service for erasures."""
    name = f"{ERASURE_PATH}/{service}"
    boto3.client("ssm").put_parameter(Name=name, Value=registration, Type="String", Overwrite=True)


def forget() -> None:
    """Make the service start anew: with the next request it makes its clients and derives its key."""
    for cached in (get_store, get_erasure_store, get_outbox, get_inbox, registry, signing_key):
        cached.cache_clear()


def store_on(client: DynamoDB, table: str = "customers") -> CustomerStore:
    """A store that sends its requests to `client`."""
    return CustomerStore(client, table, Outbox("events", SOURCE), "ledger")


def events() -> list[Event]:
    """The events in the outbox, oldest first."""
    table = Table(os.environ["EVENTS_TABLE_NAME"], boto3.client("dynamodb"))
    found = [Event.model_validate_json(item["event"]["S"]) for item in table.items() if "event" in item]
    return sorted(found, key=lambda event: event.id)


class Arrivals:
    """Customers that arrive a millisecond apart, so that their order is known."""

    def __init__(self) -> None:
        """Begin at a fixed time, in the table of the service under test."""
        self._store = get_store()
        self._times = milliseconds()
        self._numbers = count()

    def ids(self, number: int, **members: Any) -> list[str]:
        """The ids of that many new customers, in the order of their arrival."""
        return [self._arrive({"given_name": "Ada", **members}) for _ in range(number)]

    def _arrive(self, members: dict[str, Any]) -> str:
        details = CustomerDetails(**{"email": f"ada.{next(self._numbers)}@example.com", **members})
        customer = Customer.create(details, next(self._times))
        self._store.create(customer, CALLER)
        return customer.id


def milliseconds() -> Iterator[datetime]:
    """Times a millisecond apart."""
    start = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    return (start + timedelta(milliseconds=step) for step in count())


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
