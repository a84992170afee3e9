"""DynamoDB requests for customers' used consents."""

from collections.abc import Sequence

from functions.shared.aws.items import members
from functions.shared.aws.transactions import Item, commit
from functions.ssn.consents import SsnConsentUse
from functions.ssn.keys import CONSENT_PREFIX, partition
from functions.ssn.store import SsnStore
from functions.ssn.tables import readable

_BATCH = 100


class ConsentStore:
    """Reads and deletes used consents. Writes makes new ones, in the transaction of their use."""

    def __init__(self, store: SsnStore) -> None:
        """Use the tables and the client of `store`."""
        self._store = store

    def page(self, customer_id: str, limit: int, position: str | None) -> tuple[list[SsnConsentUse], str | None]:
        """Read a page of a customer's used consents, newest first: one query.

        Args:
            customer_id: id of the customer.
            limit: maximum number of consents.
            position: end of the page before this one; None for the first page.

        Returns:
            The consents, and the position of the next page, None on the last page.

        Raises:
            SsnUnreadable: an item was changed outside the service.
        """
        items, last = self._query(customer_id, position, limit)
        with readable():
            uses = [
                SsnConsentUse.model_validate(
                    members({name: item[name] for name in SsnConsentUse.model_fields if name in item})
                )
                for item in items
            ]
        return uses, last

    def keys(self, customer_id: str) -> list[Item]:
        """Return the keys of all used consents of a customer: one query for each 1 MB."""
        items, last = self._query(customer_id, None)
        while last:
            more, last = self._query(customer_id, last)
            items += more
        return [{"pk": item["pk"], "sk": item["sk"]} for item in items]

    def delete(self, keys: Sequence[Item]) -> None:
        """Delete consents: one transaction for each 100."""
        for start in range(0, len(keys), _BATCH):
            deletes = self._store.write.delete_consents(keys[start : start + _BATCH])
            commit(self._store.client, deletes)

    def _query(self, customer_id: str, position: str | None, limit: int | None = None) -> tuple[list[Item], str | None]:
        start = {"ExclusiveStartKey": {"pk": partition(customer_id), "sk": {"S": position}}} if position else {}
        response = self._store.client.query(
            TableName=self._store.tables.data,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :consent)",
            ExpressionAttributeValues={":pk": partition(customer_id), ":consent": {"S": CONSENT_PREFIX}},
            ScanIndexForward=False,
            ConsistentRead=True,
            **({"Limit": limit} if limit else {}),
            **start,
        )
        return response["Items"], response.get("LastEvaluatedKey", {}).get("sk", {}).get("S")
