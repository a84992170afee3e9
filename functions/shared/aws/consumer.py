"""The consumer function: processes the events that the service's queue receives from the bus.

A handler returns the writes of its effect. They are made in one transaction with the event's identity, so that a
second delivery has no effect. An effect that needs more than one transaction must be idempotent itself.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from functions.shared.aws.client import error_name
from functions.shared.aws.outbox import get_inbox, get_outbox
from functions.shared.aws.transactions import Item
from functions.shared.plain import deadline, log
from functions.shared.plain.events import Event
from functions.shared.plain.start_up import end_start_up
from functions.shared.plain.tracing import continue_trace

Handle = Callable[[Event], Mapping[str, Item]]


@dataclass(frozen=True)
class Subscription:
    """An event type that a service consumes.

    Attributes:
        handle: processes an event and returns the writes of its effect by name.
        publisher: service that owns the type; empty if the handler checks the source.
    """

    handle: Handle
    publisher: str = ""

    def accepts(self, source: str, own_source: str) -> bool:
        """Return whether a source may publish the type: its owner, in the stage of the consumer."""
        return not self.publisher or source == f"{own_source.rpartition('/')[0]}/{self.publisher}"


class Consumer:
    """Calls the handlers of a service's subscriptions."""

    def __init__(self, service: str, subscriptions: dict[str, Subscription]) -> None:
        """Make the consumer of a service, with its subscriptions by event type."""
        self._service = service
        self._subscriptions = subscriptions

    def handler(self) -> Self:
        """Return the Lambda handler; see `start_up`."""
        end_start_up(get_inbox)
        return self

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """Process a batch of SQS messages; return the ids of the messages that failed."""
        with deadline.within(context):
            failed = [record["messageId"] for record in event["Records"] if not self._is_processed(record)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _is_processed(self, record: dict[str, Any]) -> bool:
        log.start_request(service=self._service, function="consumer", message_id=record["messageId"])
        try:
            outcome = self._processed(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 - the outermost edge: one message must not fail the others
            fields = {"error": error_name(error), "stack": log.stack(error.__traceback__)}
            log.logger.error("event failed", extra={"fields": fields})
            return False
        log.logger.info("event", extra={"fields": {"outcome": outcome}})
        return True

    def _processed(self, message: dict[str, Any]) -> str:
        """Process an event as EventBridge delivers it; return what happened to it."""
        event = Event.model_validate(message["detail"])
        trace = continue_trace(event.traceparent)
        log.add(event_id=event.id, source=event.source, type=event.type, **trace)
        subscription = self._subscriptions.get(event.type)
        if subscription is None:
            return "ignored"
        # IAM checks the entry's source and type, but not its content.
        is_own = (message["source"], message["detail-type"]) == (event.source, event.type)
        if not is_own or not subscription.accepts(event.source, get_outbox().source):
            log.logger.error("event of another source refused")
            return "refused"
        is_first = get_inbox().commit(event, subscription.handle(event))
        return "processed" if is_first else "processed before"
