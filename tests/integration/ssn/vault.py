"""What tests ask of the Social Security Service, and what they see behind its back."""

import os
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from functions.shared.plain.clock import now, rfc3339
from tests.support.clients import client_of
from tests.support.gateway import Answer, Gateway

ADA = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"
BOB = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6H"
ONE = "/v1/ssn/{customer_id}"
TABLES = ("TABLE_NAME", "KEYRING_NAME", "AUDIT_NAME", "JUSTIFICATIONS_NAME")
WHY = {"purpose": "tax_reporting", "justification": "Form 1099-INT of the tax year"}


def put(gateway: Gateway, ssn: str, customer_id: str = ADA, if_match: str | None = None) -> Answer:
    """Store or replace a number."""
    headers = {} if if_match is None else {"If-Match": if_match}
    return gateway.call(f"PUT {ONE}", path={"customer_id": customer_id}, body={"ssn": ssn}, headers=headers)


def get(gateway: Gateway, customer_id: str = ADA) -> Answer:
    """Read a number masked."""
    return gateway.call(f"GET {ONE}", path={"customer_id": customer_id})


def erase(gateway: Gateway, customer_id: str = ADA, if_match: str | None = "*") -> Answer:
    """Erase a number."""
    headers = {} if if_match is None else {"If-Match": if_match}
    return gateway.call(f"DELETE {ONE}", path={"customer_id": customer_id}, headers=headers)


def consent(consent_id: str, days_ago: float = 1, **changed: Any) -> dict[str, Any]:
    """A consent given some days ago."""
    given_at = rfc3339(now() - timedelta(days=days_ago))
    said = {"consent_id": consent_id, "given_at": given_at, "purpose": "credit_transaction", "method": "electronic"}
    return {**said, **changed}


def verify(gateway: Gateway, ssn: str, given: dict[str, Any], customer_id: str = ADA) -> Answer:
    """Ask whether a number is a customer's."""
    return gateway.call(f"POST {ONE}/verify", path={"customer_id": customer_id}, body={"ssn": ssn, "consent": given})


def lookup(gateway: Gateway, ssn: str, purpose: str = "fraud_investigation") -> Answer:
    """Ask whose a number is."""
    return gateway.call("POST /v1/ssn/lookup", body={"ssn": ssn, "purpose": purpose})


def reveal(gateway: Gateway, customer_id: str = ADA, **changed: Any) -> Answer:
    """Read a number in full."""
    return gateway.call(f"POST {ONE}/reveal", path={"customer_id": customer_id}, body={**WHY, **changed})


def audit(gateway: Gateway, customer_id: str = ADA, **query: Any) -> Answer:
    """Read a page of the audit."""
    return gateway.call(f"GET {ONE}/audit", path={"customer_id": customer_id}, query=query)


def consents(gateway: Gateway, customer_id: str = ADA, **query: Any) -> Answer:
    """Read a page of a customer's used consents."""
    return gateway.call(f"GET {ONE}/consents", path={"customer_id": customer_id}, query=query)


def export(gateway: Gateway, customer_id: str = ADA, **query: Any) -> Answer:
    """Export a page of what is held about a customer."""
    query = {"reference": "req_1", **query}
    return gateway.call(f"GET {ONE}/export", path={"customer_id": customer_id}, query=query)


def revoke(gateway: Gateway, consent_id: str, customer_id: str = ADA, client_id: str = "client-under-test") -> Answer:
    """Revoke a consent."""
    body = {"client_id": client_id, "consent_id": consent_id}
    return gateway.call(f"POST {ONE}/consents/revocations", path={"customer_id": customer_id}, body=body)


def acts(gateway: Gateway, customer_id: str = ADA) -> list[str]:
    """What the audit says was done, oldest first; fails unless it is whole."""
    answer = audit(gateway, customer_id, limit=100).json
    assert answer["verified"] is True
    return [f"{entry['action']} {entry['outcome']}" for entry in reversed(answer["items"])]


def stored(*names: str) -> dict[str, list[dict[str, Any]]]:
    """All items of the tables that these variables name, or of all, by variable."""
    client = client_of("dynamodb")
    return {
        name: [dict(item) for item in client.scan(TableName=os.environ[name], ConsistentRead=True)["Items"]]
        for name in names or TABLES
    }


def restore(before: dict[str, list[dict[str, Any]]]) -> None:
    """Make the tables what they were."""
    for name, wanted in before.items():
        there = stored(name)[name]
        keys = [(item["pk"], item["sk"]) for item in wanted]
        for item in there:
            if (item["pk"], item["sk"]) not in keys:
                remove(name, item)
        write(name, [item for item in wanted if item not in there])


def write(name: str, items: Iterable[dict[str, Any]]) -> None:
    """Put items as they are."""
    client = client_of("dynamodb")
    for item in items:
        client.put_item(TableName=os.environ[name], Item=item)


def remove(name: str, item: dict[str, Any]) -> None:
    """Delete an item."""
    client_of("dynamodb").delete_item(TableName=os.environ[name], Key={"pk": item["pk"], "sk": item["sk"]})
