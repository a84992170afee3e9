"""Responses of a hostile or broken server: no call hangs, and none returns a wrong result."""

import json
import time
import zlib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from functions.shared.aws.errors import CallRefused, CallUnanswered, Reason
from functions.shared.aws.transport import connection
from functions.shared.aws.transport.calls import Calls
from functions.shared.aws.transport.endpoint import DYNAMODB, EVENTS, Service
from tests.integration.shared.transport.conftest import Server, Wire, elapsed, response

ITEM = b'{"Item":{"pk":{"S":"a"}}}'


def answers(*data: bytes) -> Callable[[Wire], None]:
    """Return a script that sends one of these after each request, and then closes the connection."""

    def script(wire: Wire) -> None:
        for one in data:
            if not wire.request():
                return
            wire.send(one)

    return script


def get(client: Calls) -> dict[str, object]:
    """Make a call."""
    return client.get_item(TableName="customers", Key={"pk": {"S": "078-05-1120"}})


def test_a_request_has_the_members_and_headers_of_the_protocol(server: Server, dynamodb: Calls) -> None:
    received: list[bytes] = []

    def script(wire: Wire) -> None:
        received.append(wire.request())
        wire.send(response(ITEM))

    server.plays(script)
    assert get(dynamodb) == {"Item": {"pk": {"S": "a"}}}
    head, _, body = received[0].partition(b"\r\n\r\n")
    start, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert start == "POST / HTTP/1.1"
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert headers["X-Amz-Security-Token"] == "session"
    assert headers["Authorization"].startswith(f"AWS4-HMAC-SHA256 Credential=id/{datetime.now(UTC):%Y%m%d}/us-east-1/")
    assert f"http://{headers['Host']}" == server.url
    assert json.loads(body) == {"TableName": "customers", "Key": {"pk": {"S": "078-05-1120"}}}


def test_a_connection_is_used_again(server: Server, dynamodb: Calls) -> None:
    server.plays(answers(response(ITEM), response(ITEM), response(ITEM)))
    for _ in range(3):
        get(dynamodb)
    assert server.connections == 1


def test_a_connection_that_was_closed_while_idle_is_replaced(server: Server, dynamodb: Calls) -> None:
    server.plays(answers(response(ITEM)))
    for _ in range(3):
        get(dynamodb)
        time.sleep(0.02)
    assert server.connections == 3


def test_a_connection_that_the_response_closes_is_not_used_again(server: Server, dynamodb: Calls) -> None:
    server.plays(answers(response(ITEM, Connection="close")))
    assert [get(dynamodb), get(dynamodb)] == [{"Item": {"pk": {"S": "a"}}}] * 2
    assert server.connections == 2


def test_a_chunked_response_is_read(server: Server, dynamodb: Calls) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (ITEM[:9], ITEM[9:], b""))
    server.plays(answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks))
    assert get(dynamodb) == {"Item": {"pk": {"S": "a"}}}


def test_a_refused_connection_was_not_received(server: Server, dynamodb: Calls) -> None:
    server.stop()
    with pytest.raises(CallUnanswered) as failure:
        get(dynamodb)
    assert (failure.value.code, failure.value.maybe_received) == ("ConnectionRefusedError", False)


HUGE = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{"
ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"3e8\r\n" + b" " * 1000 + b"\r\n"
LOST = {
    "closed without a response": b"",
    "cut in the head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut in the body": response(ITEM)[:-3],
    "cut in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",
    "without a length": b"HTTP/1.1 200 OK\r\n\r\n" + ITEM,
    "not HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "of a huge length": HUGE,
    "with a wrong length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
    "with too many headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "with a long header": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
    "not JSON": response(b"<html>"),
    "not UTF-8": response(b"\xff\xfe"),
    "not an object": response(b"[1]"),
    "deeply nested": response(b"[" * 100_000),
    "with a wrong checksum": response(ITEM, x_amz_crc32=str(zlib.crc32(ITEM) ^ 1)),
    "with a checksum that is no number": response(ITEM, x_amz_crc32="none"),
    "with wrong base64": response(b'{"Item":{"photo":{"B":"*"}}}'),
}


@pytest.mark.parametrize("data", LOST.values(), ids=LOST)
def test_a_broken_response_is_no_result(server: Server, dynamodb: Calls, data: bytes) -> None:
    server.plays(answers(data))
    started = time.monotonic()
    with pytest.raises(CallUnanswered) as failure:
        get(dynamodb)
    assert failure.value.maybe_received
    assert elapsed(started) < 2
    assert "078-05-1120" not in repr(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__ or failure.value.__context__ is None


def test_a_reset_connection_is_no_result(server: Server, dynamodb: Calls) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.reset()

    server.plays(script)
    with pytest.raises(CallUnanswered) as failure:
        get(dynamodb)
    assert (failure.value.code, failure.value.maybe_received) == ("ConnectionResetError", True)


@pytest.mark.parametrize("bytes_before", [0, 10, len(response(ITEM)) - 3])
def test_a_silent_server_ends_in_time(server: Server, dynamodb: Calls, bytes_before: int) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(response(ITEM)[:bytes_before])
        wire.wait()

    server.plays(script)
    started = time.monotonic()
    with pytest.raises(CallUnanswered) as failure:
        get(dynamodb)
    assert failure.value.code == "TimeoutError"
    assert elapsed(started) < 2


def test_a_server_that_sends_single_bytes_ends_in_time(server: Server, dynamodb: Calls) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.drip(response(ITEM), 0.05)

    server.plays(script)
    started = time.monotonic()
    with pytest.raises(CallUnanswered) as failure:
        get(dynamodb)
    assert failure.value.code == "TimeoutError"
    assert elapsed(started) < 2


def test_an_endless_response_is_refused(server: Server, dynamodb: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_RESPONSE_BYTES", 500)
    server.plays(answers(ENDLESS + b"3e8\r\n" + b" " * 1000 + b"\r\n"))
    with pytest.raises(CallUnanswered):
        get(dynamodb)


def test_an_interrupt_closes_the_connection(server: Server, dynamodb: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> bytes:
        raise KeyboardInterrupt

    server.plays(answers(response(ITEM), response(ITEM)))
    with monkeypatch.context() as patch:
        patch.setattr(connection, "_content", interrupted)
        with pytest.raises(KeyboardInterrupt):
            get(dynamodb)
    assert get(dynamodb) == {"Item": {"pk": {"S": "a"}}}
    assert server.connections == 2


THROTTLED = "ThrottlingException"
ERRORS = {
    "with a namespace": ("400 No", b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}', THROTTLED),
    "with a URL": ("400 No", b'{"__type":"ThrottlingException:http://internal/"}', THROTTLED),
    "without JSON": ("500 No", b"<html>", "Http500"),
    "without a body": ("503 No", b"", "Http503"),
    "a redirect": ("301 No", b"", "Http301"),
    "with text as its code": ("400 No", b'{"__type":"x#an SSN: 078-05-1120"}', "Http400"),
    "with a list as its code": ("400 No", b'{"__type":["x"]}', "Http400"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_error_has_a_code_and_no_text(server: Server, dynamodb: Calls, error: tuple[str, bytes, str]) -> None:
    status, body, code = error
    server.plays(answers(response(body, status, x_amzn_RequestId="request-1", Location="http://collector.test/")))
    with pytest.raises(CallRefused) as failure:
        get(dynamodb)
    assert str(failure.value) == failure.value.code == code
    assert (failure.value.status, failure.value.request_id) == (int(status[:3]), "request-1")


def test_the_code_may_be_in_a_header(server: Server, dynamodb: Calls) -> None:
    server.plays(answers(response(b"{}", "400 No", x_amzn_errortype="ThrottlingException:")))
    with pytest.raises(CallRefused, match=THROTTLED):
        get(dynamodb)


def test_a_cancelled_transaction_has_its_reasons(server: Server, dynamodb: Calls) -> None:
    reasons = b'[{"Code":"None"},{"Code":"ConditionalCheckFailed","Item":{"sum":{"B":"AAE="}}},{}]'
    server.plays(
        answers(response(b'{"__type":"x#TransactionCanceledException","CancellationReasons":%b}' % reasons, "400 No"))
    )
    with pytest.raises(CallRefused) as failure:
        dynamodb.transact_write_items(TransactItems=[])
    assert failure.value.reasons == (
        Reason("None", {}),
        Reason("ConditionalCheckFailed", {"sum": {"B": b"\0\1"}}),
        Reason("None", {}),
    )


def test_bytes_of_dynamodb_are_base64(server: Server, client: Callable[[Service], Calls]) -> None:
    received: list[bytes] = []
    item = {"one": {"B": b"\0\xff"}, "many": {"BS": [b"a", b"b"]}, "B": {"S": "*"}, "m": {"M": {"BS": {"L": []}}}}
    document = {"one": {"B": "AP8="}, "many": {"BS": ["YQ==", "Yg=="]}, "B": {"S": "*"}, "m": {"M": {"BS": {"L": []}}}}

    def script(wire: Wire) -> None:
        received.append(wire.request())
        wire.send(response(json.dumps({"Attributes": document}).encode()))

    server.plays(script)
    assert client(DYNAMODB).put_item(Item=item) == {"Attributes": item}
    assert json.loads(received[0].partition(b"\r\n\r\n")[2]) == {"Item": document}


def test_bytes_of_kms_are_base64(server: Server, kms: Calls) -> None:
    received: list[bytes] = []

    def script(wire: Wire) -> None:
        received.append(wire.request())
        wire.send(response(json.dumps({"Plaintext": b64encode(b"key").decode(), "KeyId": "k"}).encode()))

    server.plays(script)
    assert kms.decrypt(CiphertextBlob=bytearray(b"sealed")) == {"Plaintext": b"key", "KeyId": "k"}
    assert b'{"CiphertextBlob":"c2VhbGVk"}' in received[0]
    assert b"application/x-amz-json-1.1" in received[0]


def test_a_value_that_is_no_json_is_a_defect(dynamodb: Calls) -> None:
    with pytest.raises(TypeError, match="A request cannot contain complex"):
        dynamodb.put_item(Item={"pk": {"N": 1j}})


def test_a_time_is_sent_in_seconds(server: Server, client: Callable[[Service], Calls]) -> None:
    received: list[bytes] = []

    def script(wire: Wire) -> None:
        received.append(wire.request())
        wire.send(response(b'{"FailedEntryCount":0,"Entries":[]}'))

    server.plays(script)
    at = datetime(2026, 11, 28, 12, 0, 0, 999_000, tzinfo=UTC)
    assert client(EVENTS).put_events(Entries=[{"Time": at}]) == {"FailedEntryCount": 0, "Entries": []}
    assert b'{"Entries":[{"Time":1795867200.999}]}' in received[0]
