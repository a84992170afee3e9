"""The Customer Service's routes, and customers to try them with."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from functions.customer.models import CustomerDetails
from functions.customer.store import CustomerStore
from functions.shared.aws import dynamodb
from tests.support.gateway import Answer, Gateway

CREATE = "POST /v1/customers"
LIST = "GET /v1/customers"
READ = "GET /v1/customers/{customer_id}"
PATCH = "PATCH /v1/customers/{customer_id}"
ERASE = "DELETE /v1/customers/{customer_id}"
HEALTH = "GET /health/customer"

# Well formed, and nobody's: its time is the year 2014.
NOBODY = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"

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


def erased(gateway: Gateway, customer: dict[str, Any]) -> Answer:
    """The answer to erasing the version of a customer that is given."""
    return gateway.call(ERASE, path={"customer_id": customer["id"]}, headers={"If-Match": f'"{customer["version"]}"'})


def ids_of(answer: Answer) -> list[str]:
    """The ids on a page of the list."""
    assert answer.status == 200, answer.text
    return [customer["id"] for customer in answer.json["items"]]


def pages(gateway: Gateway, *, limit: int) -> list[list[str]]:
    """The ids on each page of the list, from the first to the last."""
    answer = gateway.call(LIST, query={"limit": limit})
    found = [ids_of(answer)]
    while answer.json["next_cursor"] is not None:
        answer = gateway.call(LIST, query={"limit": limit, "cursor": answer.json["next_cursor"]})
        found.append(ids_of(answer))
        assert len(found) < 1000, "the pages go round in a circle"
    return found


class Arrivals:
    """Customers that arrive a millisecond apart, so that their order is known."""

    def __init__(self) -> None:
        """Begin at a fixed time, in the table of the service under test."""
        self._store = CustomerStore(dynamodb(), os.environ["TABLE_NAME"], _milliseconds().__next__)
        self._numbers = count()

    def ids(self, number: int, **members: Any) -> list[str]:
        """The ids of that many new customers, in the order of their arrival."""
        addresses = [f"ada.{next(self._numbers)}@example.com" for _ in range(number)]
        return [
            self._store.create(CustomerDetails(given_name="Ada", email=address, **members)).id for address in addresses
        ]


def _milliseconds() -> Iterator[datetime]:
    start = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    return (start + timedelta(milliseconds=step) for step in count())


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
