"""What the service asks of KMS: which key, for what, and never twice the same."""

import os
from typing import Any

from tests.integration.ssn.conftest import Sent
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
    kept = [item for item in items(os.environ["TABLE_NAME"]) if not item["pk"]["S"].startswith("QUOTA#")]
    head, data = sorted(kept, key=lambda item: str(item["sk"]["S"]))
    keys, mark = items(os.environ["KEYRING_NAME"])
    (entry,) = items(os.environ["AUDIT_NAME"])
    assert head == {
        "pk": {"S": f"CUS#{ADA}"},
        "sk": {"S": "AUDIT"},
        "sequence": {"N": "1"},
        "hash": entry["hash"],
        "write_token": entry["write_token"],
    }
    assert (entry["pk"], entry["sk"], entry["previous"]) == (data["pk"], {"S": "0000000001"}, {"S": "0" * 64})
    assert mark["pk"] == {"S": f"INDEX#1#{bytes(keys['index_1']['B']).hex()}"}
    assert (mark["sk"], mark["customer_id"]) == ({"S": "INDEX"}, {"S": ADA})
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
        "write_token": "S",
    }
    assert sorted(keys) == ["index_1", "pk", "sk", "ssn", "ssn_last4"]
    sizes = {name: len(data[name]["B"]) for name in ("ssn", "ssn_commitment", "ssn_last4", "ssn_last4_commitment")}
    assert sizes == {"ssn": 38, "ssn_commitment": 32, "ssn_last4": 33, "ssn_last4_commitment": 32}
    assert (data["ssn"]["B"][0], data["ssn_last4"]["B"][0]) == (1, 1)


def test_the_same_number_stored_thrice_shares_no_byte_string_but_its_mark(gateway: Gateway) -> None:
    stored: list[dict[str, Any]] = []
    for if_match in (None, '"1"', '"2"'):
        put(gateway, ADA, if_match=if_match)
        stored += items(os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"])
    secrets = [
        bytes(value["B"]) for item in stored for name, value in item.items() if "B" in value and "index" not in name
    ]
    assert len(secrets) == 18
    assert len(set(secrets)) == 18
    nonces = [secret[1:13] for secret in secrets if len(secret) in {38, 33}]
    assert len(set(nonces)) == len(nonces) == 6
    assert len({bytes(item["index_1"]["B"]) for item in stored if "index_1" in item}) == 1
