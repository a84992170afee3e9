"""Idempotency keys: the first answer again, and nothing done twice."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from chalice.app import Response
from mypy_boto3_dynamodb import DynamoDBClient
from pydantic import BaseModel

from functions.shared.aws.client import dynamodb
from functions.shared.aws.errors import CallRefused, Reason
from functions.shared.aws.idempotency import LIFETIME, Once, commit_once
from functions.shared.aws.signing import signing_key
from functions.shared.aws.transactions import Item, Refused
from functions.shared.requests import service as service_module
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from tests.support.account import account
from tests.support.clients import client_of
from tests.support.dynamodb import Table
from tests.support.gateway import Answer, Gateway
from tests.support.problems import code

TABLE = "notes"
WRITE = "POST /v1/notes/{shelf}"
KEY = "a key of the client's own making"


class Note(BaseModel, extra="forbid"):
    """A body."""

    text: str
    pages: float = 1


class Notes(Service):
    """Keeps notes; `client` may be replaced."""

    client: Any = None
    time = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def item(text: str) -> Item:
    return {"pk": {"S": f"NOTE#{text}"}, "sk": {"S": "NOTE"}}


def answer_key(text: str) -> Item:
    return {"pk": {"S": f"NOTE#{text}"}, "sk": {"S": "ANSWER"}}


def notes() -> Notes:
    """The service."""
    app = Notes("notes")

    @app.endpoint("POST", "/v1/notes/{shelf}", scope="notes/write")
    def write(shelf: str, body: Note) -> Response:
        put = {"TableName": TABLE, "Item": item(body.text), "ConditionExpression": "attribute_not_exists(pk)"}
        answer = reply(body, status=201, version=1, headers={"Location": f"notes/{body.text}"})
        required = shelf == "important"
        return app.once(
            answer,
            lambda use: commit_once(app.client, TABLE, {"note": {"Put": put}}, use, answer_key(body.text)),
            required=required,
        )

    return app


@pytest.fixture(scope="module")
def key() -> Iterator[str]:
    """The service's key, and its table, in an account that the module's tests share."""
    with account():
        create_table(boto3.client("dynamodb"))
        kms = boto3.client("kms")
        yield kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]


def create_table(client: DynamoDBClient) -> None:
    """Create the service's table."""
    client.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def table(key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBClient]:
    """The service's empty table."""
    signing_key.cache_clear()
    monkeypatch.setenv("SIGNING_KEY_ID", key)
    client: DynamoDBClient = client_of("dynamodb")
    yield client
    Table(TABLE, client).empty()
    signing_key.cache_clear()


@pytest.fixture
def app(table: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Notes:
    """The service, at a time of the test's own."""
    del table
    found = notes()
    found.client = dynamodb()
    monkeypatch.setattr(service_module, "now", lambda: found.time)
    return found


@pytest.fixture
def gateway(app: Notes) -> Gateway:
    """The service behind the gateway."""
    return Gateway(app, scope="notes/write")


def sent(gateway: Gateway, text: str, key: str | None = KEY, shelf: str = "a") -> Answer:
    headers = {} if key is None else {"Idempotency-Key": key}
    return gateway.call(WRITE, path={"shelf": shelf}, body={"text": text}, headers=headers)


def test_the_same_request_gets_the_first_answer_again(gateway: Gateway) -> None:
    first, second = sent(gateway, "one"), sent(gateway, "one")
    assert (second.status, second.text) == (first.status, first.text) == (201, '{"text":"one","pages":1.0}')
    assert "idempotency-replayed" not in first.headers
    assert second.headers == {**first.headers, "idempotency-replayed": "true"}


def test_without_a_key_the_second_request_is_one_of_its_own(gateway: Gateway) -> None:
    assert sent(gateway, "one", key=None).status == 201
    assert sent(gateway, "one", key=None).json["code"] == "internal_error", "this service does not foresee it"


@pytest.mark.parametrize(
    "body", ['{"text":"one","pages":700}', '{ "pages" : 700.0,\n "text": "\\u006fne" }', '{"pages":7e2,"text":"one"}']
)
def test_equal_json_is_the_same_request(gateway: Gateway, body: str) -> None:
    headers = {"Idempotency-Key": KEY}
    first = gateway.call(WRITE, path={"shelf": "a"}, body='{"text":"one","pages":700}', headers=headers)
    second = gateway.call(WRITE, path={"shelf": "a"}, body=body, headers=headers)
    assert (second.status, second.text) == (201, first.text)
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("body", ['{"text":"one"}', '{"text":"one","pages":700.5}', '{"text":"One","pages":700}'])
def test_different_json_is_another_request(gateway: Gateway, body: str) -> None:
    headers = {"Idempotency-Key": KEY}
    gateway.call(WRITE, path={"shelf": "a"}, body='{"text":"one","pages":700}', headers=headers)
    answer = gateway.call(WRITE, path={"shelf": "a"}, body=body, headers=headers)
    assert code(answer) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(("text", "shelf"), [("two", "a"), ("one", "b")])
def test_a_key_does_not_serve_for_another_request(gateway: Gateway, text: str, shelf: str) -> None:
    sent(gateway, "one")
    assert code(sent(gateway, text, shelf=shelf)) == (422, "idempotency_key_reused")


def test_a_key_belongs_to_the_client(app: Notes, gateway: Gateway) -> None:
    sent(gateway, "one")
    assert sent(Gateway(app, scope="notes/write", client_id="another"), "two").status == 201


def test_what_was_refused_is_not_remembered(gateway: Gateway) -> None:
    assert gateway.call(WRITE, path={"shelf": "a"}, body={}, headers={"Idempotency-Key": KEY}).status == 422
    assert sent(gateway, "one").status == 201


def test_another_condition_that_fails_is_told_as_without_a_key(app: Notes, gateway: Gateway) -> None:
    sent(gateway, "one", key=None)
    use = Once("id", "print", Response(body=""), app.time)
    put = {"TableName": TABLE, "Item": item("one"), "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(Refused) as refused:
        commit_once(app.client, TABLE, {"note": {"Put": put}}, use, answer_key("one"))
    assert set(refused.value.failed) == {"note"}


def test_with_what_was_created_the_answer_is_erased(gateway: Gateway, table: DynamoDBClient) -> None:
    sent(gateway, "one")
    table.delete_item(TableName=TABLE, Key=answer_key("one"))
    assert code(sent(gateway, "one")) == (410, "answer_erased")


def test_after_a_day_a_key_is_free_though_its_use_is_still_stored(app: Notes, gateway: Gateway) -> None:
    sent(gateway, "one")
    app.time += LIFETIME - timedelta(seconds=1)
    assert sent(gateway, "one").headers["idempotency-replayed"] == "true"
    app.time += timedelta(seconds=1)
    assert "idempotency-replayed" not in sent(gateway, "two").headers


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_has_1_to_255_printable_characters(gateway: Gateway, key: str) -> None:
    assert code(sent(gateway, "one", key=key)) == (400, "malformed_header")


def test_a_route_may_need_a_key(gateway: Gateway) -> None:
    assert code(sent(gateway, "one", key=None, shelf="important")) == (400, "idempotency_key_required")
    assert sent(gateway, "one", shelf="important").status == 201


def test_neither_the_key_nor_the_body_can_be_read_from_the_use_of_a_key(
    gateway: Gateway, table: DynamoDBClient
) -> None:
    sent(gateway, "one")
    (use,) = [found for found in table.scan(TableName=TABLE)["Items"] if found["sk"]["S"] == "ONCE"]
    assert re.fullmatch("ONCE#[0-9a-f]{64}", use["pk"]["S"])
    assert KEY not in str(use)
    assert "one" not in use["fingerprint"]["S"]
    assert use["expires_at"]["N"] == str(int((datetime(2026, 11, 24, 12, 0, tzinfo=UTC)).timestamp()))


class Meets:
    """Meets another request with the same key, every time."""

    def __init__(self, *codes: str) -> None:
        self.codes = codes

    def transact_write_items(self, **_: Any) -> None:
        """One attempt."""
        reasons = tuple(Reason(code, {}) for code in self.codes)
        raise CallRefused("TransactionCanceledException", 400, reasons=reasons)


@pytest.mark.parametrize(
    ("codes", "problem"),
    [
        (("None", "TransactionConflict", "None"), (409, "request_in_progress")),
        (("TransactionConflict", "None", "None"), (503, "dependency_unavailable")),
    ],
)
def test_two_at_once_are_told_to_come_back(
    app: Notes, gateway: Gateway, codes: tuple[str, ...], problem: tuple[int, str]
) -> None:
    app.client = Meets(*codes)
    answer = sent(gateway, "one")
    assert code(answer) == problem
    assert answer.headers["retry-after"] == "1"
