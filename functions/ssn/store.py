"""The numbers' two tables: a data table with ciphertext, and a keyring table with the wrapped keys to it.

They are apart so that the keyring can forget sooner: a restore of the data table alone brings back nothing that can be
opened. Both have the keys `pk` and `sk`, strings; no digit of a number stands anywhere (see vault.py).

Data table:

    CUS#<id>  SSN   `kind`, `created_at`, `updated_at`, `verified`, `version`; and for each field (`ssn`: nine digits,
                    `ssn_last4`: the last four) the blob as `<field>` and its commitment as `<field>_commitment`

Keyring table:

    CUS#<id>  KEYS  for each field its wrapped data key, as `<field>`
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from pydantic import SecretStr

from functions.shared.aws import REFUSED, DynamoDB, cancellation_reasons, dynamodb, kms
from functions.shared.clock import now
from functions.shared.etag import stale
from functions.shared.ids import CUSTOMER_ID
from functions.shared.items import attributes, members
from functions.shared.problems import PreconditionFailed, PreconditionRequired, Problem
from functions.ssn.errors import SsnNotFound
from functions.ssn.models import MaskedSsn, Record
from functions.ssn.vault import Field, SealBroken, Sealed, Vault


class SsnStore:
    """Reads and writes numbers; what stands in both tables is read, and written, in one transaction."""

    def __init__(
        self, client: DynamoDB, vault: Vault, table: str, keyring: str, clock: Callable[[], datetime] = now
    ) -> None:
        """Use `table` and `keyring` through `client`; `clock` gives the times that are stored."""
        self._client = client
        self._vault = vault
        self._table = table
        self._keyring = keyring
        self._clock = clock

    def create(self, customer_id: str, ssn: SecretStr) -> MaskedSsn:
        """Store a customer's first number: two KMS calls and one transaction.

        Raises:
            SsnNotFound: no customer can have this id.
            PreconditionRequired: the customer has a number.
        """
        _require_customer_id(customer_id)
        new = {"ConditionExpression": "attribute_not_exists(pk)"}
        taken = PreconditionRequired("This customer has a number. Send If-Match with its ETag to replace it.")
        return self._put(customer_id, Record.create(self._clock()), ssn, new, taken)

    def replace(self, customer_id: str, record: Record, ssn: SecretStr) -> MaskedSsn:
        """Store another number in place of one: two KMS calls and one transaction, held to the version that is given.

        Raises:
            PreconditionFailed: it is not in that version any more.
        """
        held = {
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(record.version)}},
        }
        return self._put(customer_id, record.replaced(self._clock()), ssn, held, stale())

    def record(self, customer_id: str) -> Record:
        """What is there to replace: one consistent read, nothing decrypted.

        Raises:
            SsnNotFound: no customer can have this id.
            PreconditionFailed: the customer has no number.
        """
        _require_customer_id(customer_id)
        answer = self._client.get_item(TableName=self._table, Key=_data_key(customer_id), ConsistentRead=True)
        if "Item" not in answer:
            raise PreconditionFailed("This customer has no number. Send one without If-Match.")
        return _record(answer["Item"])

    def read(self, customer_id: str) -> MaskedSsn:
        """A customer's number, masked: one read of both tables and one KMS call.

        Raises:
            SsnNotFound: the customer has none.
            SealBroken: what is stored has lost its key, or is not what was sealed.
        """
        _require_customer_id(customer_id)
        data, keys = self._both(customer_id)
        if not data:
            raise SsnNotFound
        last4 = self._vault.open(customer_id, Field.LAST4, _sealed(Field.LAST4, data, keys))
        return MaskedSsn.of(_record(data), last4)

    def check(self) -> None:
        """Fail if the tables cannot be read."""
        self._both("HEALTH")

    def _put(
        self, customer_id: str, record: Record, ssn: SecretStr, condition: dict[str, Any], refused: Problem
    ) -> MaskedSsn:
        last4 = SecretStr(ssn.get_secret_value()[-4:])
        secrets = {Field.NUMBER: ssn, Field.LAST4: last4}
        sealed = {field: self._vault.seal(customer_id, field, secret) for field, secret in secrets.items()}
        data = {**_data_key(customer_id), **_data_members(record, sealed)}
        keys = {**_keys_key(customer_id), **_wrapped_keys(sealed)}
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": self._table, "Item": data, **condition}},
                    # Without a condition: a key that does not belong to the data beside it opens nothing.
                    {"Put": {"TableName": self._keyring, "Item": keys}},
                ],
            )
        except ClientError as error:
            if REFUSED in cancellation_reasons(error):
                raise refused from None
            raise
        return MaskedSsn.of(record, last4)

    def _both(self, customer_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """A customer's items in both tables as they stand at one moment; empty where there is none."""
        answer = self._client.transact_get_items(
            TransactItems=[
                {"Get": {"TableName": self._table, "Key": _data_key(customer_id)}},
                {"Get": {"TableName": self._keyring, "Key": _keys_key(customer_id)}},
            ],
        )
        data, keys = (response.get("Item", {}) for response in answer["Responses"])
        return data, keys


@cache
def get_store() -> SsnStore:
    """The store of this process.

    Environment:
        TABLE_NAME, KEYRING_NAME: the tables.
        VAULT_NAME: names the data table in every encryption context; stays the same when a restore renames the table.
        NUMBER_KEY_ID, LAST4_KEY_ID: ARNs of the symmetric KMS keys for full numbers and for their last four digits.
    """
    key_ids = {Field.NUMBER: os.environ["NUMBER_KEY_ID"], Field.LAST4: os.environ["LAST4_KEY_ID"]}
    vault = Vault(kms(), key_ids, os.environ["VAULT_NAME"])
    return SsnStore(dynamodb(), vault, os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"])


def _require_customer_id(customer_id: str) -> None:
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise SsnNotFound


def _data_key(customer_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"CUS#{customer_id}"}, "sk": {"S": "SSN"}}


def _keys_key(customer_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"CUS#{customer_id}"}, "sk": {"S": "KEYS"}}


def _data_members(record: Record, sealed: Mapping[Field, Sealed]) -> dict[str, Any]:
    stored = attributes(record)
    for field, secret in sealed.items():
        stored |= {field.value: {"B": secret.blob}, f"{field}_commitment": {"B": secret.commitment}}
    return stored


def _wrapped_keys(sealed: Mapping[Field, Sealed]) -> dict[str, Any]:
    return {field.value: {"B": secret.wrapped_key} for field, secret in sealed.items()}


def _sealed(field: Field, data: Mapping[str, Any], keys: Mapping[str, Any]) -> Sealed:
    if field not in keys:
        raise SealBroken
    return Sealed(data[field]["B"], data[f"{field}_commitment"]["B"], keys[field]["B"])


def _record(data: Mapping[str, Any]) -> Record:
    return Record.model_validate(members({name: data[name] for name in Record.model_fields}))
