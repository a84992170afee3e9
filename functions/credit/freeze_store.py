"""Security freezes in the credit files' table, which keys.py describes."""

import os
from collections.abc import Callable
from datetime import datetime
from functools import cache

from functions.credit.errors import FreezeNotFound
from functions.credit.files import FreezeState
from functions.credit.freezes import NewFreeze, SecurityFreeze
from functions.credit.keys import STATE, Item, key
from functions.credit.store import freeze_state, in_version
from functions.shared import etag
from functions.shared.aws import DynamoDB, dynamodb
from functions.shared.caller import Caller
from functions.shared.clock import now, rfc3339
from functions.shared.items import attributes
from functions.shared.problems import PreconditionRequired
from functions.shared.transactions import Refused, commit, put_new


class FreezeStore:
    """Places and lifts freezes; each change is held to the version it was made to, and kept with who made it."""

    def __init__(self, client: DynamoDB, table: str, clock: Callable[[], datetime] = now) -> None:
        """Use `table` through `client`; `clock` gives the times that are stored."""
        self._client = client
        self._table = table
        self._clock = clock

    def state(self, customer_id: str) -> FreezeState:
        """The freeze of a file: one consistent read.

        Raises:
            CreditFileNotFound: no customer can have this id.
            CreditFileErased: the customer was erased.
        """
        answer = self._client.get_item(TableName=self._table, Key=key(customer_id, STATE), ConsistentRead=True)
        return freeze_state(answer.get("Item", {}))

    def freeze(self, customer_id: str) -> SecurityFreeze:
        """The freeze that stands.

        Raises:
            FreezeNotFound: there is none.
            CreditFileNotFound, CreditFileErased: see `state`.
        """
        freeze = self.state(customer_id).freeze
        if freeze is None:
            raise FreezeNotFound
        return freeze

    def place(self, customer_id: str, state: FreezeState, new: NewFreeze, caller: Caller) -> SecurityFreeze:
        """Let a freeze stand from now on: one transaction.

        Raises:
            PreconditionFailed: another one has replaced the one that it was to replace.
            PreconditionRequired: there was none, and now there is.
        """
        freeze = SecurityFreeze.place(customer_id, new, state.freeze, state.version + 1, self._clock())
        self._commit(customer_id, state, attributes(freeze), _change(caller, freeze.updated_at))
        return freeze

    def lift(self, freeze: SecurityFreeze, caller: Caller) -> None:
        """End a freeze: one transaction. Its version stays, so that no later freeze gets an entity tag again.

        Raises:
            PreconditionFailed: another one has replaced it.
        """
        lifted = {"version": {"N": str(freeze.version + 1)}}
        self._commit(freeze.customer_id, FreezeState(freeze.version, freeze), lifted, _change(caller, self._clock()))

    def _commit(self, customer_id: str, state: FreezeState, item: Item, change: Item) -> None:
        change = {**item, **key(customer_id, f"FREEZE#{state.version + 1:08}"), **change}
        current = {"TableName": self._table, "Item": {**item, **key(customer_id, STATE)}, **in_version(state)}
        try:
            commit(self._client, [{"Put": current}, put_new(self._table, change)])
        except Refused:
            if state.freeze is None:
                raise PreconditionRequired(
                    "There is a freeze by now. Read it, and send If-Match with its ETag."
                ) from None
            raise etag.stale() from None


def _change(caller: Caller, at: datetime) -> Item:
    return {"changed_at": {"S": rfc3339(at)}, "changed_by": {"M": attributes(caller)}}


@cache
def get_freezes() -> FreezeStore:
    """The store of this process, on the table that TABLE_NAME names."""
    return FreezeStore(dynamodb(), os.environ["TABLE_NAME"])
