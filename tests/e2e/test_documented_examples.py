"""The examples in the OpenAPI documents can be sent as they stand, in the order in which a client would."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.e2e.api import Api, expect, location
from tests.e2e.test_schemathesis import scopes

# The examples name an address and a number, which only one customer can have.
pytestmark = pytest.mark.needs("own_cloud")


class Documented:
    """A service as its document tells of it, asked about one customer."""

    def __init__(self, api: Api, service: str, customer_id: str) -> None:
        """Read the document of `service`."""
        self._api = api
        self._customer_id = customer_id
        self.document = api.call("GET", f"/openapi/{service}", scopes=None).json()
        self._operations = {
            operation["operationId"]: (method, path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def examples(self, name: str) -> list[Any]:
        """The examples of an operation's body."""
        _, _, operation = self._operations[name]
        (content, *_) = operation["requestBody"]["content"].values()
        schema = self.document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        found: list[Any] = schema["examples"]
        return found

    def send(self, name: str, body: Any, **headers: str) -> httpx.Response:
        """Send a body to an operation."""
        method, path, _ = self._operations[name]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path.format(customer_id=self._customer_id)
        return self._api.call(method.upper(), url, scopes=scopes(self.document), json=body, headers=named)


@pytest.fixture
def customer_id(api: Api) -> str:
    """A customer."""
    return location(api.create()).rpartition("/")[2]


def test_of_customers(api: Api, customer_id: str) -> None:
    customers = Documented(api, "customer", customer_id)
    for name, status in {"create_customer": 201, "patch_customer": 200, "change_status": 200}.items():
        for body in customers.examples(name):
            expect(customers.send(name, body, If_Match="*"), status)


def test_of_credit(api: Api, customer_id: str) -> None:
    credit = Documented(api, "credit", customer_id)
    for body in credit.examples("record_score"):
        expect(credit.send("record_score", body), 201)
    for body in credit.examples("make_inquiry"):
        made = credit.send("make_inquiry", body, Idempotency_Key="example")
        expect(made, 201)
        for notice in credit.examples("draw_up_notice"):
            answer = credit.send("draw_up_notice", {**notice, "inquiry_id": made.json()["inquiry"]["id"]})
            expect(answer, 200)
    for number, body in enumerate(credit.examples("place_freeze")):
        expect(credit.send("place_freeze", body, **({"If_Match": "*"} if number else {})), 200 if number else 201)


def test_of_numbers(api: Api, customer_id: str) -> None:
    numbers = Documented(api, "ssn", customer_id)
    for body in numbers.examples("store_ssn"):
        expect(numbers.send("store_ssn", body), 201)
    for body in numbers.examples("verify_ssn"):
        given_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        answer = numbers.send("verify_ssn", {**body, "consent": {**body["consent"], "given_at": given_at}})
        expect(answer, 200)
        assert answer.json()["match"] is True
    for body in numbers.examples("lookup_ssn"):
        answer = numbers.send("lookup_ssn", body)
        expect(answer, 200)
        assert answer.json()["customer_id"] == customer_id
    for body in numbers.examples("reveal_ssn"):
        expect(numbers.send("reveal_ssn", body, Dossier_Actor="clerk-7"), 200)
