"""Transactions that know their own work again."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from functions.shared.aws.boto import BotocoreCalls
from functions.shared.aws.client import Attempting
from functions.shared.aws.errors import CallRefused, CallUnanswered, Reason
from functions.shared.aws.transactions import Refused, commit
from tests.support.account import account
from tests.support.dynamodb import Table

TABLE = "transactions"


@pytest.fixture(scope="module")
def client() -> Iterator[DynamoDBClient]:
    """A client of an account with a table, which the module's tests share."""
    with account():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def table(client: DynamoDBClient) -> Iterator[DynamoDBClient]:
    """The client; the table is empty."""
    yield client
    Table(TABLE, client).empty()


class LosesReplies:
    """Commits, and then does not answer; between the two, somebody else may write."""

    def __init__(self, client: DynamoDBClient, times: int, meanwhile: Any = None) -> None:
        self._client: Any = client
        self._times = times
        self._meanwhile = meanwhile
        self.tokens: list[str] = []

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """One attempt."""
        self.tokens.append(request["ClientRequestToken"])
        answer: dict[str, Any] = self._client.transact_write_items(**request)
        if self._times:
            self._times -= 1
            if self._meanwhile:
                self._meanwhile()
            raise CallUnanswered("ReadTimeoutError", maybe_received=True)
        return answer


def new(key: str, **members: str) -> dict[str, Any]:
    item = {"pk": {"S": key}, **{name: {"S": value} for name, value in members.items()}}
    return {"Put": {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def found(client: DynamoDBClient, key: str) -> dict[str, Any]:
    return dict(client.get_item(TableName=TABLE, Key={"pk": {"S": key}}).get("Item", {}))


def port(client: Any) -> Any:
    return Attempting(BotocoreCalls(client))


def test_what_is_written_is_there(table: DynamoDBClient) -> None:
    commit(port(table), {"a": new("a"), "b": new("b", colour="red")})
    assert found(table, "b")["colour"] == {"S": "red"}


def test_refused_writes_have_their_names_and_stored_items_and_nothing_is_written(table: DynamoDBClient) -> None:
    commit(port(table), {"b": new("b", colour="red")})
    missing = {
        "TableName": TABLE,
        "Key": {"pk": {"S": "c"}},
        "ConditionExpression": "attribute_exists(pk)",
    }
    with pytest.raises(Refused) as refused:
        commit(port(table), {"a": new("a"), "b": new("b"), "c": {"Delete": missing}})
    assert set(refused.value.failed) == {"b", "c"}
    assert refused.value.failed["b"]["colour"] == {"S": "red"}
    assert refused.value.failed["c"] == {}
    assert found(table, "a") == {}


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_reply_is_a_success(table: DynamoDBClient, lost: int) -> None:
    loses = LosesReplies(table, lost)
    commit(port(loses), {"a": new("a")})
    assert len(loses.tokens) == 2
    assert len(set(loses.tokens)) == 1, "DynamoDB knows an attempt again by its token"


def test_a_lost_reply_that_another_writer_overtook_is_known_by_what_stays(table: DynamoDBClient) -> None:
    def overtake() -> None:
        table.put_item(TableName=TABLE, Item={"pk": {"S": "current"}, "colour": {"S": "blue"}})

    commit(
        port(LosesReplies(table, 1, overtake)), {"current": new("current", colour="red"), "history": new("history#1")}
    )
    assert found(table, "current")["colour"] == {"S": "blue"}


def test_two_transactions_are_never_taken_for_each_other(table: DynamoDBClient) -> None:
    commit(port(table), {"a": new("a")})
    with pytest.raises(Refused):
        commit(port(table), {"a": new("a")})


def test_a_write_without_a_condition_is_not_marked(table: DynamoDBClient) -> None:
    commit(port(table), {"plain": {"Put": {"TableName": TABLE, "Item": {"pk": {"S": "plain"}}}}})
    assert found(table, "plain") == {"pk": {"S": "plain"}}


def cancelled(*codes: str) -> CallRefused:
    return CallRefused("TransactionCanceledException", 400, reasons=tuple(Reason(code, {}) for code in codes))


@pytest.mark.parametrize("reasons", [("TransactionConflict", "ConditionalCheckFailed"), ("ValidationError",)])
def test_what_is_no_plain_refusal_goes_through(reasons: tuple[str, ...]) -> None:
    class Refuses:
        def transact_write_items(self, **_: Any) -> None:
            raise cancelled(*reasons)

    with pytest.raises(CallRefused):
        commit(Refuses(), {"a": new("a"), "b": new("b")})  # type: ignore[arg-type]
