"""Quotas limit how often a client may send a request.

A quota counts the requests of a client, or those of all clients for one customer, in a fixed window of time. A request
is counted before it is served, and refused if it cannot be counted. A request whose response from DynamoDB was lost may
count twice.

Items, in a table of the service:

    QUOTA#<name>#<subject>  <start of the window>   `used`, `expires_at`
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.shared.aws.client import DynamoDB, error_name
from functions.shared.aws.errors import CallFailed
from functions.shared.plain import log
from functions.shared.plain.clock import now, rfc3339
from functions.shared.plain.problems import RETRY_SOON, DependencyUnavailable, QuotaExceeded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Quota:
    """A limit for each window. Windows start at multiples of their length since 1970."""

    name: str
    limit: int
    window: timedelta


class Quotas:
    """Counts requests and refuses those over a quota."""

    def __init__(self, client: DynamoDB, table: str, clock: Callable[[], datetime] = now) -> None:
        """Count in `table` with `client`; `clock` returns the current time."""
        self._client = client
        self._table = table
        self._clock = clock

    def take(self, quota: Quota, subject: str) -> None:
        """Count a request: one write.

        Raises:
            QuotaExceeded: the quota is used up.
            DependencyUnavailable: the request cannot be counted.
        """
        ends = self._ends(quota)
        values = {":limit": quota.limit, ":one": 1, ":expires": int((ends + quota.window).timestamp())}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=self.key(quota, subject),
                UpdateExpression="SET expires_at = :expires ADD used :one",
                ConditionExpression="attribute_not_exists(used) OR used < :limit",
                ExpressionAttributeValues={name: {"N": str(value)} for name, value in values.items()},
            )
        except CallFailed as error:
            if error.code == "ConditionalCheckFailedException":
                raise self._exceeded(quota) from None
            log.logger.error("quota not counted", extra={"fields": {"error": error_name(error)}})
            raise DependencyUnavailable(
                "The request could not be counted. Try again in a moment.", headers=RETRY_SOON
            ) from None

    def require_left(self, quota: Quota, counted: dict[str, Any]) -> None:
        """Check a quota without counting.

        Args:
            quota: the quota.
            counted: item of this window, with the key `key`; empty if nothing was counted.

        Raises:
            QuotaExceeded: the quota is used up.
        """
        if counted and int(counted["used"]["N"]) >= quota.limit:
            raise self._exceeded(quota)

    def key(self, quota: Quota, subject: str) -> dict[str, Any]:
        """Return the key of this window's item."""
        start = self._ends(quota) - quota.window
        return {"pk": {"S": f"QUOTA#{quota.name}#{subject}"}, "sk": {"S": rfc3339(start)}}

    def _ends(self, quota: Quota) -> datetime:
        return _EPOCH + ((self._clock() - _EPOCH) // quota.window + 1) * quota.window

    def _exceeded(self, quota: Quota) -> QuotaExceeded:
        seconds = -((self._clock() - self._ends(quota)) // timedelta(seconds=1))
        log.logger.warning("quota exceeded", extra={"fields": {"quota": quota.name}})
        return QuotaExceeded(
            f"At most {quota.limit} in {quota.window // timedelta(hours=1)} h.", headers={"Retry-After": str(seconds)}
        )
