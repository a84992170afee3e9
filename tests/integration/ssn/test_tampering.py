"""Whatever is changed, cut, swapped or restored alone in the tables is refused, and the answer gives nothing away."""

import os
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from pydantic import SecretStr

from functions.shared.aws.client import kms
from functions.shared.aws.errors import CallRefused
from functions.ssn.errors import SsnUnreadable
from functions.ssn.vault import Sealed, SealedField, Vault
from tests.integration.ssn.leaks import Transcript, found
from tests.support.clients import client_of
from tests.support.gateway import Gateway

ADA = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"
BOB = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6H"
PUT = "PUT /v1/ssn/{customer_id}"
GET = "GET /v1/ssn/{customer_id}"
DATA = "TABLE_NAME"
KEYRING = "KEYRING_NAME"
PARTS = ("blob", "commitment", "wrapped_key")


class Tables:
    """The tables behind the service's back."""

    def __init__(self) -> None:
        self._client = client_of("dynamodb")

    def read(self, table: str, customer_id: str) -> dict[str, Any]:
        """A customer's item."""
        return dict(self._client.get_item(TableName=os.environ[table], Key=self._key(table, customer_id))["Item"])

    def write(self, table: str, item: dict[str, Any]) -> None:
        """Put an item as it is."""
        self._client.put_item(TableName=os.environ[table], Item=item)

    def remove(self, table: str, customer_id: str) -> None:
        """Delete a customer's item."""
        self._client.delete_item(TableName=os.environ[table], Key=self._key(table, customer_id))

    def _key(self, table: str, customer_id: str) -> dict[str, Any]:
        return {"pk": {"S": f"CUS#{customer_id}"}, "sk": {"S": "SSN" if table == DATA else "KEYS"}}


@pytest.fixture
def key_id(moto_aws: None) -> str:
    """One KMS key for both fields, so that what keeps them apart is the context alone."""
    del moto_aws
    return str(client_of("kms").create_key()["KeyMetadata"]["Arn"])


def vault(key_id: str, table: str = "dossier-test-ssn") -> Vault:
    return Vault(kms(), dict.fromkeys(SealedField, key_id), table)


def opens(vault: Vault, sealed: Sealed) -> bool:
    try:
        vault.open(ADA, SealedField.LAST4, sealed)
    except SsnUnreadable:
        return False
    return True


def test_what_was_sealed_opens(key_id: str) -> None:
    sealed = vault(key_id).seal(ADA, SealedField.LAST4, SecretStr("8046"))
    assert vault(key_id).open(ADA, SealedField.LAST4, sealed).get_secret_value() == "8046"


@pytest.mark.parametrize("origin", ["another customer", "another field", "another table", "an earlier sealing"])
def test_no_part_of_what_was_sealed_elsewhere_opens_here(key_id: str, origin: str) -> None:
    here = vault(key_id)
    own = here.seal(ADA, SealedField.LAST4, SecretStr("8046"))
    foreign = {
        "another customer": lambda: here.seal(BOB, SealedField.LAST4, SecretStr("8046")),
        "another field": lambda: here.seal(ADA, SealedField.NUMBER, SecretStr("512738046")),
        "another table": lambda: vault(key_id, "dossier-prod-ssn").seal(ADA, SealedField.LAST4, SecretStr("8046")),
        "an earlier sealing": lambda: here.seal(ADA, SealedField.LAST4, SecretStr("8046")),
    }[origin]()
    swaps = [parts for count in (1, 2, 3) for parts in combinations(PARTS, count)]
    if origin == "an earlier sealing":
        swaps.remove(PARTS)  # As a whole that is a restore of both tables, which is to open.
    accepted = [
        parts for parts in swaps if opens(here, replace(own, **{part: getattr(foreign, part) for part in parts}))
    ]
    assert accepted == []


def test_every_changed_byte_of_a_wrapped_key_and_every_truncation_is_refused(key_id: str) -> None:
    here = vault(key_id)
    own = here.seal(ADA, SealedField.LAST4, SecretStr("8046"))
    wrapped = own.wrapped_key
    changed = [wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :] for at in range(40, len(wrapped))]
    changed += [wrapped[:length] for length in range(1, len(wrapped), 5)]
    assert len(changed) > 60
    assert [each for each in changed if opens(here, replace(own, wrapped_key=each))] == []


def test_an_error_of_kms_that_says_nothing_about_the_seal_is_passed_on(key_id: str) -> None:
    sealed = vault(key_id).seal(ADA, SealedField.LAST4, SecretStr("8046"))
    unknown = vault("arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000")
    with pytest.raises(CallRefused, match="NotFoundException"):
        unknown.open(ADA, SealedField.LAST4, sealed)


@pytest.fixture
def tables(gateway: Gateway) -> Tables:
    """Both tables, with a number of Ada's and one of Bob's."""
    for customer_id, ssn in ((ADA, "512-73-8046"), (BOB, "601-20-7735")):
        gateway.call(PUT, path={"customer_id": customer_id}, body={"ssn": ssn})
    return Tables()


def test_a_blob_commitment_or_key_of_another_customer_is_refused(
    gateway: Gateway, tables: Tables, transcript: Transcript
) -> None:
    for table, member in ((DATA, "ssn_last4"), (DATA, "ssn_last4_commitment"), (KEYRING, "ssn_last4")):
        own = tables.read(table, ADA)
        tables.write(table, {**own, member: tables.read(table, BOB)[member]})
        assert_refused(gateway, transcript)
        tables.write(table, own)
    assert gateway.call(GET, path={"customer_id": ADA}).json["masked"] == "***-**-8046"


def test_another_customers_items_under_ones_own_key_are_refused(
    gateway: Gateway, tables: Tables, transcript: Transcript
) -> None:
    for table in (DATA, KEYRING):
        tables.write(table, {**tables.read(table, BOB), "pk": {"S": f"CUS#{ADA}"}})
    assert_refused(gateway, transcript)


def test_the_full_number_in_place_of_the_last_four_is_refused(
    gateway: Gateway, tables: Tables, transcript: Transcript
) -> None:
    data, keys = tables.read(DATA, ADA), tables.read(KEYRING, ADA)
    tables.write(DATA, {**data, "ssn_last4": data["ssn"], "ssn_last4_commitment": data["ssn_commitment"]})
    tables.write(KEYRING, {**keys, "ssn_last4": keys["ssn"]})
    assert_refused(gateway, transcript)


@pytest.mark.parametrize("restored", ["TABLE_NAME", "KEYRING_NAME"])
def test_a_restore_of_one_table_alone_opens_nothing(
    gateway: Gateway, tables: Tables, transcript: Transcript, restored: str
) -> None:
    before = tables.read(restored, ADA)
    gateway.call(PUT, path={"customer_id": ADA}, body={"ssn": "733-41-9052"}, headers={"If-Match": '"1"'})
    tables.write(restored, before)
    assert_refused(gateway, transcript)


def test_a_number_whose_key_was_shredded_is_refused(gateway: Gateway, tables: Tables, transcript: Transcript) -> None:
    tables.remove(KEYRING, ADA)
    assert_refused(gateway, transcript)
    assert gateway.call(GET, path={"customer_id": BOB}).json["masked"] == "***-**-7735"


def assert_refused(gateway: Gateway, transcript: Transcript) -> None:
    """A defect is answered and logged, with not a digit of either number."""
    answer = gateway.call(GET, path={"customer_id": ADA})
    assert (answer.status, answer.json["code"]) == (500, "ssn_unreadable")
    assert any('"level": "ERROR", "message": "defect"' in line for line in transcript.lines)
    digits = found(["512738046", "601207735"], [answer.text, *transcript.lines])
    masked = [last4 for last4 in ("***-**-8046", "***-**-7735") if last4 in answer.text + "".join(transcript.lines)]
    assert (digits, masked) == ([], [])
