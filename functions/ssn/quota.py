"""Quotas: how often a client may ask what lets it guess.

Each question that says something of a number is an oracle: the last four digits and verification without end leave
10^5 guesses. Storing numbers is one, too. A quota counts what a client asks in a fixed window of time; some count what
is asked of one customer, whoever asks. A question is counted before it is answered, and not answered if it cannot be
counted. An attempt whose reply was lost may count twice.

Items, in the service's data table:

    QUOTA#<name>#<subject>  <start of the window>   `used`, `expires_at`
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import log
from functions.shared.aws import DynamoDB, error_code, error_name
from functions.shared.clock import now, rfc3339
from functions.shared.problems import RETRY_SOON, DependencyUnavailable
from functions.ssn.errors import QuotaExceeded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Quota:
    """At most `limit` in each `window`, which starts at a multiple of itself since 1970."""

    name: str
    limit: int
    window: timedelta


REVEALS = Quota("reveal", 60, timedelta(hours=1))
LOOKUPS = Quota("lookup", 100, timedelta(hours=1))
VERIFICATIONS = Quota("verify", 100, timedelta(hours=1))
# Of one customer, by whomever: the serial being known, 10^5 guesses take 27 years.
GUESSES = Quota("guess", 10, timedelta(days=1))
# To store a number that another customer has says that it is one.
CONFLICTS = Quota("conflict", 10, timedelta(hours=1))
# To store one that nobody else has says that it is nobody's: of one customer by whomever, of any by one client.
REPLACED = Quota("replace", 10, timedelta(days=1))
STORED = Quota("store", 1000, timedelta(hours=1))


class Quotas:
    """Counts, and refuses."""

    def __init__(self, client: DynamoDB, table: str, clock: Callable[[], datetime] = now) -> None:
        """Count in `table` through `client`; `clock` tells which window it is."""
        self._client = client
        self._table = table
        self._clock = clock

    def take(self, quota: Quota, subject: str) -> None:
        """Count one more: one write.

        Raises:
            QuotaExceeded: there were as many as may be.
            DependencyUnavailable: it cannot be counted.
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
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error_code(error) == "ConditionalCheckFailedException":
                raise self._exceeded(quota) from None
            log.logger.error("quota not counted", extra={"fields": {"error": error_name(error)}})
            raise DependencyUnavailable("The quota cannot be counted.", headers=RETRY_SOON) from None

    def require_left(self, quota: Quota, counted: dict[str, Any]) -> None:
        """Refuse a client that used its quota up, without counting.

        Args:
            quota: the quota.
            counted: the item of this window, empty where nothing was counted; its key is `key`.

        Raises:
            QuotaExceeded: there were as many as may be.
        """
        if counted and int(counted["used"]["N"]) >= quota.limit:
            raise self._exceeded(quota)

    def key(self, quota: Quota, subject: str) -> dict[str, Any]:
        """The key of this window's item."""
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
