"""DynamoDB requests for erasures. `store` describes the tombstone.

Further items:

    ERASURES  <confirm_by>#<erasure id>  erasure that is not complete: `customer_id`

The ledger is another table, which is never restored together with the data:

    ERASURES#<yyyy-mm>  <requested at>#<erasure id>  `customer_id`; permanent
"""

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from functions.customer.erasure import Confirmer, ErasureRecord, OpenState, StoredReceipt
from functions.customer.errors import ErasureNotFound
from functions.shared.aws.client import DynamoDB, dynamodb
from functions.shared.aws.errors import REFUSED, CallRefused
from functions.shared.aws.items import attributes, members
from functions.shared.aws.transactions import Item
from functions.shared.plain import log
from functions.shared.plain.clock import rfc3339
from functions.shared.plain.ids import CUSTOMER_ID

OPEN = "ERASURES"
_END = "~"


class ErasureStore:
    """Reads of erasures, and receipts."""

    def __init__(self, client: DynamoDB, table: str) -> None:
        """Use `table` through `client`."""
        self._client = client
        self._table = table

    def read(self, customer_id: str) -> ErasureRecord:
        """Return the erasure of a customer, with one consistent read.

        Raises:
            ErasureNotFound: the customer does not exist or is not erased.
        """
        if not CUSTOMER_ID.fullmatch(customer_id):
            raise ErasureNotFound
        key = tombstone_key(customer_id)
        return _record(self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {}))

    def confirm(
        self, customer_id: str, service: str, erasure_id: str, confirmer: Confirmer, receipt: StoredReceipt
    ) -> ErasureRecord:
        """Store the receipt of a service with one write. A second confirmation changes nothing.

        Raises:
            ErasureNotFound, ReceiptRefused: see `ErasureRecord.require`.
        """
        if not CUSTOMER_ID.fullmatch(customer_id):
            raise ErasureNotFound
        try:
            item = self._client.update_item(
                TableName=self._table,
                Key=tombstone_key(customer_id),
                UpdateExpression="SET erasure.receipts.#service = :receipt",
                ConditionExpression="erasure.erasure_id = :erasure AND erasure.participants.#service.#by = :by"
                " AND attribute_not_exists(erasure.receipts.#service)",
                ExpressionAttributeNames={"#service": service, "#by": confirmer.member},
                ExpressionAttributeValues={
                    ":erasure": {"S": erasure_id},
                    ":by": {"S": confirmer.id},
                    ":receipt": {"M": attributes(receipt)},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )["Attributes"]
        except CallRefused as error:
            if not error.code.startswith(REFUSED):
                raise
            item = error.item or {}
            _record(item).require(erasure_id, service, confirmer)
            log.logger.info("erasure confirmed before", extra={"fields": {"erasure_id": erasure_id}})
        record = _record(item)
        if record.complete:
            self._client.delete_item(TableName=self._table, Key=open_key(record))
        return record

    def page(
        self, state: OpenState, at: datetime, limit: int, position: str | None
    ) -> tuple[list[ErasureRecord], str | None]:
        """Return a page of erasures that are not complete, with a query and a read of the erasures.

        Args:
            state: overdue, or still in time.
            at: current time.
            limit: the greatest number of erasures.
            position: position of this page, which the page before returned; None for the first page.
        """
        answer = self._client.query(**self._range(state, at, position or ""), Limit=limit)
        keys = [tombstone_key(item["customer_id"]["S"]) for item in answer["Items"]]
        records = sorted(self._records(keys), key=lambda record: (record.confirm_by, record.erasure_id))
        return records, answer.get("LastEvaluatedKey", {}).get("sk", {}).get("S")

    def overdue(self, at: datetime) -> int:
        """Return the number of erasures that are overdue, with one query. It counts the first megabyte."""
        return int(self._client.query(**self._range(OpenState.OVERDUE, at, ""), Select="COUNT")["Count"])

    def _range(self, state: OpenState, at: datetime, after: str) -> Item:
        now = rfc3339(at)
        first, last = ("", now) if state is OpenState.OVERDUE else (now, _END)
        # The position itself is before the page.
        lower = max(first, f"{after}{_END}" if after else "0")
        return {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :lower AND :upper",
            "ExpressionAttributeValues": {":pk": {"S": OPEN}, ":lower": {"S": lower}, ":upper": {"S": last}},
        }

    def _records(self, keys: Sequence[Item]) -> list[ErasureRecord]:
        if not keys:
            return []
        request = {self._table: {"Keys": list(keys), "ConsistentRead": True}}
        items: list[Item] = []
        while request:
            answer = self._client.batch_get_item(RequestItems=request)
            items += answer["Responses"].get(self._table, [])
            request = answer.get("UnprocessedKeys", {})
        return [record for record in map(_record, items) if not record.complete]


@cache
def get_erasure_store() -> ErasureStore:
    """Return the store of this process, with the table TABLE_NAME."""
    return ErasureStore(dynamodb(), os.environ["TABLE_NAME"])


def tombstone_key(customer_id: str) -> Item:
    """Return the key of a customer's tombstone."""
    return {"pk": {"S": f"CUS#{customer_id}"}, "sk": {"S": "CUSTOMER"}}


def open_key(record: ErasureRecord) -> Item:
    """Return the key of the item of an erasure that is not complete."""
    return {"pk": {"S": OPEN}, "sk": {"S": f"{rfc3339(record.confirm_by)}#{record.erasure_id}"}}


def erasure_writes(table: str, ledger: str, record: ErasureRecord) -> dict[str, Item]:
    """Return the writes of a new erasure by name, in addition to its tombstone."""
    customer = {"customer_id": {"S": record.customer_id}}
    at = rfc3339(record.requested_at)
    entry = {"pk": {"S": f"ERASURES#{at[:7]}"}, "sk": {"S": f"{at}#{record.erasure_id}"}, **customer}
    writes: dict[str, Item] = {"ledger": {"Put": {"TableName": ledger, "Item": entry}}}
    if not record.complete:
        writes["open erasure"] = {"Put": {"TableName": table, "Item": {**open_key(record), **customer}}}
    return writes


def tombstone(record: ErasureRecord) -> Item:
    """Return the item that replaces an erased customer."""
    return {
        **tombstone_key(record.customer_id),
        "id": {"S": record.customer_id},
        "erased_at": {"S": rfc3339(record.requested_at)},
        "erasure": {"M": attributes(record)},
    }


def _record(item: Item) -> ErasureRecord:
    """Return the erasure of a tombstone.

    Raises:
        ErasureNotFound: the item contains none.
    """
    if "erasure" not in item:
        raise ErasureNotFound
    return ErasureRecord.model_validate(members(item["erasure"]["M"]))
