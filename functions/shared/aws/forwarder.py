"""The forwarder function: sends the events of the outbox to the event bus.

The table's stream calls it with new events. A schedule calls it each minute, for events that the stream did not
deliver: the records of a stream expire, and the function can fail. Each event is sent at least once.
"""

import os
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from functions.shared.aws.client import DynamoDB, EventBridge, dynamodb, event_bridge
from functions.shared.aws.outbox import Outbox, get_outbox
from functions.shared.aws.transactions import Item
from functions.shared.plain import deadline, log
from functions.shared.plain.clock import now
from functions.shared.plain.events import Event
from functions.shared.plain.start_up import end_start_up

# PutEvents accepts ten.
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
BATCH = 10
LATE = timedelta(minutes=1)
# Time to send a batch and to remove it.
BATCH_SECONDS = 6


class Forwarder:
    """Sends events, and removes those that EventBridge accepted from the outbox."""

    def __init__(self, bus: EventBridge, bus_name: str, client: DynamoDB, outbox: Outbox) -> None:
        """Send from `outbox` to the bus `bus_name`."""
        self._bus = bus
        self._bus_name = bus_name
        self._client = client
        self._outbox = outbox

    def forward(self, records: Sequence[dict[str, Any]]) -> list[str]:
        """Send the events of stream records; return the sequence numbers of those that were refused."""
        numbers = {
            record["dynamodb"]["NewImage"]["sk"]["S"]: record["dynamodb"]["SequenceNumber"] for record in records
        }
        return [numbers[event_id] for event_id in self._send([record["dynamodb"]["NewImage"] for record in records])]

    def sweep(self) -> int:
        """Send the events that are older than a minute, while the function has time; return their number."""
        late = 0
        for items in self._outbox.unsent(self._client, now() - LATE, BATCH):
            self._send(items)
            late += len(items)
            if deadline.remaining() < BATCH_SECONDS:
                break
        return late

    def _send(self, items: Sequence[Item]) -> list[str]:
        """Send at most ten items; return the ids of those that were refused."""
        entries = [self._entry(Event.model_validate_json(item["event"]["S"])) for item in items]
        answer = self._bus.put_events(Entries=entries)
        refused: dict[str, str] = {}
        # PutEvents returns 200 if entries failed.
        if answer["FailedEntryCount"]:
            ids = [item["sk"]["S"] for item in items]
            refused = {
                id_: entry["ErrorCode"]
                for id_, entry in zip(ids, answer["Entries"], strict=True)
                if entry.get("ErrorCode")
            }
        for event_id, error in refused.items():
            log.logger.error("event refused by the bus", extra={"fields": {"event_id": event_id, "error": error}})
        if sent := [item["sk"]["S"] for item in items if item["sk"]["S"] not in refused]:
            self._outbox.remove(self._client, sent)
        return list(refused)

    def _entry(self, event: Event) -> dict[str, Any]:
        return {
            "EventBusName": self._bus_name,
            "Source": event.source,
            "DetailType": event.type,
            "Time": event.time,
            "Detail": event.model_dump_json(exclude_none=True),
        }


@cache
def get_forwarder() -> Forwarder:
    """Return the forwarder of this process.

    Environment:
        EVENT_BUS_NAME: name of the event bus; see also `outbox.get_outbox`.
    """
    return Forwarder(event_bridge(), os.environ["EVENT_BUS_NAME"], dynamodb(), get_outbox())


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Forward a batch of the stream, or sweep if a schedule calls. Return the batch's failures."""
    log.start_request(service=get_outbox().source, function="forwarder")
    with deadline.within(context):
        if "Records" in event:
            records = event["Records"]
            failures = get_forwarder().forward(records) if records else []
            log.logger.info("forwarded", extra={"fields": {"events": len(records), "failures": len(failures)}})
            return {"batchItemFailures": [{"itemIdentifier": number} for number in failures]}
        late = get_forwarder().sweep()
        level = log.logger.warning if late else log.logger.info
        level("swept", extra={"fields": {"late_events": late}})
        return {}


end_start_up()
