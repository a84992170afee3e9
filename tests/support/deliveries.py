"""Deliveries of a service's queue."""

import json
from typing import Any

from functions.shared.plain.events import Event


def batch(*events: Event, **message: str) -> dict[str, Any]:
    """Return the Lambda event of a batch with these events, as EventBridge sends them to a queue.

    Args:
        events: the events.
        message: members of EventBridge's message that differ from the event, such as source.
    """
    return {"Records": [{"messageId": event.id, "body": json.dumps(sent(event) | message)} for event in events]}


def sent(event: Event) -> dict[str, Any]:
    """Return EventBridge's message with an event."""
    return {"source": event.source, "detail-type": event.type, "detail": json.loads(event.model_dump_json())}
