"""The events table of a service: events to send, and the identities of those that were received.

Items (keys `pk`, `sk`, both strings):

    OUTBOX#<shard>       evt_<ulid>  `event` as JSON, until it was sent; `evt_<ulid>` sorts by time
    INBOX#<source>#<id>  INBOX       an event that was processed; expires

The table has no data of customers, so that its stream and the forwarder's role disclose none.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zlib import crc32

from functions.shared.aws.client import DynamoDB, dynamodb
from functions.shared.aws.transactions import Item, Refused, commit, put_new
from functions.shared.plain.clock import now
from functions.shared.plain.events import Event, EventData
from functions.shared.plain.ids import new_id

SHARDS = 4
_RECEIVED = "received event"
# A queue and its dead-letter queue keep a message for 18 days together.
INBOX_LIFETIME = timedelta(days=20)


@dataclass(frozen=True)
class Outbox:
    """Events of a service that are not sent yet.

    Attributes:
        table: name of the events table.
        source: source of the service's events, such as /dossier/dev/customer.
    """

    table: str
    source: str

    def publish(self, data: EventData, subject: str, at: datetime) -> Item:
        """Return the write that publishes an event with its transaction.

        Args:
            data: data of the event's type.
            subject: id of the customer.
            at: time of the change.
        """
        event = Event.of(data, self.source, subject, at)
        item = {**outbox_key(event.id), "event": {"S": event.model_dump_json(exclude_none=True)}}
        return {"Put": {"TableName": self.table, "Item": item}}

    def unsent(self, client: DynamoDB, before: datetime, limit: int) -> Iterator[list[Item]]:
        """Yield pages of items that are older than a time, with one query for each page."""
        for shard in range(SHARDS):
            start: Item = {}
            while True:
                answer = client.query(
                    TableName=self.table,
                    KeyConditionExpression="pk = :pk AND sk < :last",
                    ExpressionAttributeValues={
                        ":pk": {"S": f"OUTBOX#{shard}"},
                        ":last": {"S": new_id("evt", before)},
                    },
                    Limit=limit,
                    **start,
                )
                if answer["Items"]:
                    yield answer["Items"]
                if "LastEvaluatedKey" not in answer:
                    break
                start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def remove(self, client: DynamoDB, event_ids: Sequence[str]) -> None:
        """Delete events that were sent, at most 25. An item that DynamoDB leaves is sent again by the sweeper."""
        deletes = [{"DeleteRequest": {"Key": outbox_key(event_id)}} for event_id in event_ids]
        client.batch_write_item(RequestItems={self.table: deletes})


@dataclass(frozen=True)
class Inbox:
    """Identities of the events that a service has processed.

    Attributes:
        client: sends the requests.
        table: name of the events table.
    """

    client: DynamoDB
    table: str

    def commit(self, event: Event, writes: Mapping[str, Item]) -> bool:
        """Make the writes of an event in one transaction with its identity; return False if it was processed before."""
        expires_at = int((now() + INBOX_LIFETIME).timestamp())
        key = {"pk": {"S": f"INBOX#{event.source}#{event.id}"}, "sk": {"S": "INBOX"}}
        received = put_new(self.table, {**key, "expires_at": {"N": str(expires_at)}})
        try:
            commit(self.client, {**writes, _RECEIVED: received})
        except Refused as refused:
            if _RECEIVED not in refused.failed:
                raise
            return False
        return True


@cache
def get_outbox() -> Outbox:
    """Return the outbox of this process.

    Environment:
        EVENTS_TABLE_NAME: name of the events table.
        EVENT_SOURCE: source of the service's events.
    """
    return Outbox(os.environ["EVENTS_TABLE_NAME"], os.environ["EVENT_SOURCE"])


@cache
def get_inbox() -> Inbox:
    """Return the inbox of this process; see `get_outbox`."""
    return Inbox(dynamodb(), os.environ["EVENTS_TABLE_NAME"])


def outbox_key(event_id: str) -> Item:
    """Return the key of an event's item."""
    return {"pk": {"S": f"OUTBOX#{crc32(event_id.encode()) % SHARDS}"}, "sk": {"S": event_id}}
