"""What the service asks of KMS: which key, for what, and never twice the same."""

import os
from typing import Any

from infra.templates import load, resources
from tests.integration.ssn.conftest import TEMPLATE, Sent
from tests.integration.ssn.leaks import items
from tests.support.gateway import Gateway

ADA = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"
BOB = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6H"


def context(customer_id: str, field: str) -> dict[str, str]:
    return {"service": "ssn", "table": "dossier-test-ssn", "customer": customer_id, "field": field, "v": "1"}


def put(gateway: Gateway, customer_id: str, if_match: str | None = None) -> None:
    headers = {} if if_match is None else {"If-Match": if_match}
    gateway.call(
        "PUT /v1/ssn/{customer_id}", path={"customer_id": customer_id}, body={"ssn": "512738046"}, headers=headers
    )


def test_each_field_gets_a_data_key_from_its_own_kms_key_bound_to_customer_and_field(
    gateway: Gateway, sent: Sent
) -> None:
    put(gateway, ADA)
    assert [parameters for operation, parameters in sent if operation == "GenerateDataKey"] == [
        {"KeyId": os.environ["NUMBER_KEY_ID"], "KeySpec": "AES_256", "EncryptionContext": context(ADA, "ssn")},
        {"KeyId": os.environ["LAST4_KEY_ID"], "KeySpec": "AES_256", "EncryptionContext": context(ADA, "ssn_last4")},
    ]


def test_a_read_unwraps_the_key_of_the_last_four_and_names_the_kms_key(gateway: Gateway, sent: Sent) -> None:
    put(gateway, ADA)
    gateway.call("GET /v1/ssn/{customer_id}", path={"customer_id": ADA})
    asked = [parameters for operation, parameters in sent if operation == "Decrypt"]
    assert [(call["KeyId"], call["EncryptionContext"]) for call in asked] == [
        (os.environ["LAST4_KEY_ID"], context(ADA, "ssn_last4"))
    ]


def test_nothing_is_cached_so_that_every_read_is_on_record(gateway: Gateway, sent: Sent) -> None:
    put(gateway, ADA)
    for _ in range(3):
        gateway.call("GET /v1/ssn/{customer_id}", path={"customer_id": ADA})
    assert [operation for operation, _ in sent].count("Decrypt") == 3


def test_what_is_stored_has_exactly_the_documented_shape(gateway: Gateway) -> None:
    put(gateway, ADA)
    (data,) = items(os.environ["TABLE_NAME"])
    (keys,) = items(os.environ["KEYRING_NAME"])
    assert (data["pk"], data["sk"]) == ({"S": f"CUS#{ADA}"}, {"S": "SSN"})
    assert (keys["pk"], keys["sk"]) == ({"S": f"CUS#{ADA}"}, {"S": "KEYS"})
    kinds = {name: next(iter(value)) for name, value in data.items()}
    assert kinds == {
        "pk": "S",
        "sk": "S",
        "kind": "S",
        "created_at": "S",
        "updated_at": "S",
        "verified": "BOOL",
        "version": "N",
        "ssn": "B",
        "ssn_commitment": "B",
        "ssn_last4": "B",
        "ssn_last4_commitment": "B",
    }
    assert sorted(keys) == ["pk", "sk", "ssn", "ssn_last4"]
    sizes = {name: len(data[name]["B"]) for name in ("ssn", "ssn_commitment", "ssn_last4", "ssn_last4_commitment")}
    assert sizes == {"ssn": 38, "ssn_commitment": 32, "ssn_last4": 33, "ssn_last4_commitment": 32}
    assert (data["ssn"]["B"][0], data["ssn_last4"]["B"][0]) == (1, 1)


def test_the_same_number_stored_thrice_shares_no_byte_string(gateway: Gateway) -> None:
    tables = (os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"])
    put(gateway, ADA)
    stored: list[dict[str, Any]] = items(*tables)
    put(gateway, BOB)
    put(gateway, ADA, if_match='"1"')
    stored += items(*tables)
    secrets = [bytes(value["B"]) for item in stored for value in item.values() if "B" in value]
    assert len(secrets) == 18
    assert len(set(secrets)) == 18
    nonces = [secret[1:13] for secret in secrets if len(secret) in {38, 33}]
    assert len(set(nonces)) == len(nonces) == 6


def test_every_action_that_the_role_allows_is_used_and_no_other(gateway: Gateway, sent: Sent) -> None:
    put(gateway, ADA)
    put(gateway, ADA, if_match='"1"')
    gateway.call("GET /v1/ssn/{customer_id}", path={"customer_id": ADA})
    gateway.call("GET /health/ssn")
    # IAM has no actions of their own for transactions: reading takes GetItem, and our writes are all Put.
    needs = {"TransactGetItems": "GetItem", "TransactWriteItems": "PutItem"}
    used = {needs.get(operation, operation) for operation, _ in sent}
    (role,) = resources(load(TEMPLATE), "AWS::IAM::Role").values()
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = [
        action
        for each in statements
        for action in (each["Action"] if isinstance(each["Action"], list) else [each["Action"]])
    ]
    assert used == {action.partition(":")[2] for action in allowed if not action.startswith("logs:")}
