"""Events on their way: outbox, forwarder, and a consumer with its inbox."""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import boto3
import pytest

from functions.shared.aws import forwarder
from functions.shared.aws.client import DynamoDB, dynamodb
from functions.shared.aws.consumer import Consumer, Subscription
from functions.shared.aws.forwarder import Forwarder
from functions.shared.aws.outbox import Inbox, Outbox, get_inbox, get_outbox
from functions.shared.aws.participation import participation
from functions.shared.aws.transactions import Item, Refused, commit, put_new
from functions.shared.plain import deadline
from functions.shared.plain.clock import now
from functions.shared.plain.erasure import CustomerErased, Erasure, Retained
from functions.shared.plain.events import Event, EventData
from functions.shared.plain.tracing import continue_trace
from infra.templates import ROOT
from tests.support.account import account
from tests.support.deliveries import batch
from tests.support.dynamodb import Table
from tests.support.logs import LogText
from tests.support.resources import create_table

TEMPLATE = ROOT / "functions" / "credit" / "template.yaml"
SOURCE = "/dossier/test/credit"
CUSTOMER = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"
TRACE = f"00-{'1' * 32}-{'2' * 16}-01"


class Changed(EventData):
    """An event for these tests."""

    type: ClassVar[str] = "credit.changed"
    version: ClassVar[int] = 2

    fields: tuple[str, ...] = ()
    absent: str | None = None


class Bus:
    """An event bus that refuses the events of some subjects."""

    def __init__(self, *refused: str) -> None:
        """Refuse the events of these customers."""
        self.entries: list[dict[str, Any]] = []
        self.calls: list[int] = []
        self._refused = refused

    def put_events(self, **request: Any) -> dict[str, Any]:
        """Take the entries, with status 200 even if some are refused."""
        entries = request["Entries"]
        self.calls.append(len(entries))
        answers = [
            {"ErrorCode": "ThrottlingException"} if json.loads(entry["Detail"])["subject"] in self._refused else {}
            for entry in entries
        ]
        self.entries += [entry for entry, answer in zip(entries, answers, strict=True) if not answer]
        return {"FailedEntryCount": sum(map(bool, answers)), "Entries": answers}


@pytest.fixture
def table() -> Iterator[Table]:
    """The events table of a service."""
    with account() as environment:
        made = Table(create_table(TEMPLATE, "EventsTable"), boto3.client("dynamodb"))
        environment.setenv("EVENTS_TABLE_NAME", made.name)
        environment.setenv("EVENT_SOURCE", SOURCE)
        environment.setenv("EVENT_BUS_NAME", "dossier-test")
        forget()
        yield made
        forget()


def forget() -> None:
    """Make the functions read their environment again."""
    for cached in (get_outbox, get_inbox, forwarder.get_forwarder):
        cached.cache_clear()


def publish(subject: str = CUSTOMER, at: datetime | None = None) -> str:
    """Publish an event in a transaction, and return its id."""
    write = get_outbox().publish(Changed(fields=("phone",)), subject, at or now())
    commit(dynamodb(), {"event": write})
    return str(write["Put"]["Item"]["sk"]["S"])


def forwarding(bus: Bus) -> Forwarder:
    """A forwarder to a bus."""
    return Forwarder(bus, "dossier-test", dynamodb(), get_outbox())


def records(table: Table) -> list[dict[str, Any]]:
    """The records of the table's stream for the events in the outbox."""
    items = [item for item in table.items() if item["pk"]["S"].startswith("OUTBOX#")]
    return [
        {"dynamodb": {"NewImage": item, "SequenceNumber": str(number)}, "eventName": "INSERT"}
        for number, item in enumerate(sorted(items, key=lambda item: str(item["sk"])))
    ]


def test_an_event_is_a_cloudevent_with_its_schema_and_trace(table: Table) -> None:
    continue_trace(TRACE)
    event_id = publish()
    bus = Bus()
    assert forwarding(bus).forward(records(table)) == []
    (entry,) = bus.entries
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == ("dossier-test", SOURCE, "credit.changed")
    event = json.loads(entry["Detail"])
    assert event == {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": "credit.changed",
        "subject": CUSTOMER,
        "time": event["time"],
        "dataschema": "urn:dossier:event:credit.changed:2",
        "traceparent": TRACE,
        "data": {"fields": ["phone"]},
    }
    continue_trace(None)


def test_sent_events_leave_the_outbox_and_refused_ones_stay(table: Table, log_text: LogText) -> None:
    publish()
    refused = publish("cus_refused")
    publish()
    stream = records(table)
    number = next(r["dynamodb"]["SequenceNumber"] for r in stream if r["dynamodb"]["NewImage"]["sk"]["S"] == refused)
    bus = Bus("cus_refused")
    assert forwarding(bus).forward(stream) == [number]
    assert [item["sk"]["S"] for item in table.items()] == [refused]
    (line,) = [line for line in log_text.lines if line["level"] == "ERROR"]
    assert (line["event_id"], line["error"]) == (refused, "ThrottlingException")
    assert "cus_refused" not in log_text.getvalue()


def test_events_that_are_all_refused_all_stay(table: Table) -> None:
    publish("cus_refused")
    assert forwarding(Bus("cus_refused")).forward(records(table)) == ["0"]
    assert len(table.items()) == 1


def test_the_sweep_sends_all_events_that_are_older_than_a_minute(table: Table) -> None:
    late = {publish(at=now() - timedelta(seconds=61 + number)) for number in range(45)}
    recent = publish()
    bus = Bus()
    assert forwarding(bus).sweep() == 45
    assert {json.loads(entry["Detail"])["id"] for entry in bus.entries} == late
    assert max(bus.calls) <= 10
    assert [item["sk"]["S"] for item in table.items()] == [recent]


def test_the_sweep_ends_before_the_functions_time_does(table: Table) -> None:
    del table
    for number in range(45):
        publish(at=now() - timedelta(seconds=61 + number))
    bus = Bus()
    with deadline.within(SimpleNamespace(get_remaining_time_in_millis=lambda: 6_000)):
        forwarding(bus).sweep()
    assert len(bus.calls) == 1


def test_the_function_forwards_a_batch_of_the_stream_and_sweeps_on_a_schedule(
    table: Table, monkeypatch: pytest.MonkeyPatch, log_text: LogText
) -> None:
    bus = Bus("cus_refused")
    monkeypatch.setattr(forwarder, "event_bridge", lambda: bus)
    publish("cus_refused", at=now() - timedelta(minutes=2))
    sent = publish()
    assert forwarder.handler({"Records": records(table)}, None) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert [json.loads(entry["Detail"])["id"] for entry in bus.entries] == [sent]
    assert forwarder.handler({"source": "aws.events"}, None) == {}
    assert (log_text.lines[-1]["message"], log_text.lines[-1]["late_events"]) == ("swept", 1)
    assert forwarder.handler({"Records": []}, None) == {"batchItemFailures": []}


def test_an_event_is_published_only_if_its_transaction_is_committed(table: Table) -> None:
    taken = {"pk": {"S": "x"}, "sk": {"S": "x"}}
    table.client.put_item(TableName=table.name, Item=taken)
    event = get_outbox().publish(Changed(), CUSTOMER, now())
    with pytest.raises(Refused):
        commit(dynamodb(), {"change": put_new(table.name, taken), "event": event})
    assert table.items() == [taken]


def consumed(handled: list[Event], publisher: str = "customer") -> Consumer:
    """A consumer of `customer.erased` that notes the events and publishes one."""

    def handle(event: Event) -> dict[str, Item]:
        handled.append(event)
        return {"reaction": get_outbox().publish(Changed(), event.subject, now())}

    return Consumer("credit", {"customer.erased": Subscription(handle, publisher)})


def erased(source: str = "/dossier/test/customer", **changes: Any) -> Event:
    """The event of an erasure."""
    event = Event.of(CustomerErased(erasure_id="era_1"), source, CUSTOMER, now())
    return event.model_copy(update=changes)


def outcomes(log_text: LogText) -> list[str]:
    """What became of the events, as the log has it."""
    return [line["outcome"] for line in log_text.lines if "outcome" in line]


def test_an_event_that_is_delivered_twice_has_one_effect(table: Table, log_text: LogText) -> None:
    event = erased()
    consumer = consumed([])
    assert consumer(batch(event, event), None) == {"batchItemFailures": []}
    assert outcomes(log_text) == ["processed", "processed before"]
    assert len(records(table)) == 1
    (received,) = [item for item in table.items() if item["pk"]["S"].startswith("INBOX#")]
    assert received["pk"]["S"] == f"INBOX#{event.source}#{event.id}"
    assert int(received["expires_at"]["N"]) > now().timestamp() + timedelta(days=18).total_seconds()


def test_two_sources_may_use_one_id(table: Table, log_text: LogText) -> None:
    event = erased()
    consumed([], publisher="")(batch(event, event.model_copy(update={"source": "/dossier/test/other"})), None)
    assert outcomes(log_text) == ["processed", "processed"]
    assert len(records(table)) == 2


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (erased("/dossier/test/ssn"), {}),
        (erased("/dossier/other/customer"), {}),
        (erased(), {"source": "/dossier/test/ssn"}),
        (erased(), {"detail-type": "customer.updated"}),
    ],
    ids=["another service", "another stage", "a forged source", "a forged type"],
)
def test_an_event_of_a_source_that_does_not_own_the_type_has_no_effect(
    table: Table, log_text: LogText, event: Event, message: dict[str, str]
) -> None:
    handled: list[Event] = []
    assert consumed(handled)(batch(event, **message), None) == {"batchItemFailures": []}
    assert (handled, table.items()) == ([], [])
    assert outcomes(log_text) == ["refused"]
    assert "ERROR" in [line["level"] for line in log_text.lines]


def test_unknown_types_and_members_are_ignored(table: Table, log_text: LogText) -> None:
    known = batch(erased())
    body = json.loads(known["Records"][0]["body"])
    body["detail"] |= {"sequence": "1"}
    body["detail"]["data"] |= {"channel": "web"}
    known["Records"][0]["body"] = json.dumps(body)
    consumer = consumed([])
    assert consumer(known, None) == {"batchItemFailures": []}
    assert consumer(batch(erased(type="customer.merged")), None) == {"batchItemFailures": []}
    assert outcomes(log_text) == ["processed", "ignored"]
    assert len(records(table)) == 1


def test_a_message_that_fails_is_reported_and_the_others_are_processed(table: Table, log_text: LogText) -> None:
    good = erased()
    messages = batch(good)["Records"]
    messages += [{"messageId": "poison", "body": "secret"}, {"messageId": "incomplete", "body": "{}"}]
    answer = consumed([])({"Records": messages}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poison"}, {"itemIdentifier": "incomplete"}]}
    assert len(records(table)) == 1
    assert "secret" not in log_text.getvalue()


def test_a_reaction_that_is_refused_fails_the_message(table: Table) -> None:
    taken = {"pk": {"S": "x"}, "sk": {"S": "x"}}
    table.client.put_item(TableName=table.name, Item=taken)
    consumer = Consumer("credit", {"customer.erased": Subscription(lambda _: {"x": put_new(table.name, taken)})})
    event = erased()
    assert consumer(batch(event), None) == {"batchItemFailures": [{"itemIdentifier": event.id}]}
    assert table.items() == [taken]


def test_a_participant_confirms_an_erasure_with_its_result(table: Table) -> None:
    calls: list[tuple[str, str]] = []

    def erase(customer_id: str, erasure_id: str) -> Erasure:
        calls.append((customer_id, erasure_id))
        return Erasure(erased={"reports": 2}, retained=(Retained(what="inquiries", why="a law"),))

    Consumer("credit", participation("credit", erase))(batch(erased(traceparent=TRACE)), None)
    assert calls == [(CUSTOMER, "era_1")]
    (record,) = records(table)
    event = Event.model_validate_json(record["dynamodb"]["NewImage"]["event"]["S"])
    assert (event.type, event.source, event.subject, event.traceparent) == (
        "erasure.confirmed",
        SOURCE,
        CUSTOMER,
        TRACE,
    )
    assert event.data == {
        "erasure_id": "era_1",
        "service": "credit",
        "erased": {"reports": 2},
        "retained": [{"what": "inquiries", "why": "a law"}],
    }
    continue_trace(None)


def test_an_events_function_finds_its_tables_in_the_environment(table: Table) -> None:
    assert get_outbox() == Outbox(table.name, os.environ["EVENT_SOURCE"])
    client: DynamoDB = get_inbox().client
    assert get_inbox() == Inbox(client, table.name)


def test_the_forwarder_makes_its_clients_once(table: Table) -> None:
    del table
    assert forwarder.get_forwarder() is forwarder.get_forwarder()
