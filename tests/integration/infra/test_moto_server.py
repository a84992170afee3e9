"""moto's server as the functions of `sam local` see it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.local.sam.moto_server import OneAtATime, moto_server


def test_of_twenty_conditional_writes_at_once_one_succeeds() -> None:
    start = Barrier(20, timeout=20)
    with moto_server() as port:
        client = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}")
        client.create_table(
            TableName="one",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )

        def write(_: int) -> str:
            start.wait()
            try:
                client.put_item(
                    TableName="one", Item={"pk": {"S": "a"}}, ConditionExpression="attribute_not_exists(pk)"
                )
            except ClientError as error:
                return error.response["Error"]["Code"]
            return "written"

        with ThreadPoolExecutor(20) as threads:
            outcomes = list(threads.map(write, range(20)))
    assert sorted(outcomes) == ["ConditionalCheckFailedException"] * 19 + ["written"]


def test_a_request_waits_until_the_one_before_is_answered() -> None:
    inside: list[int] = []
    most: list[int] = []

    def application(environ: dict[str, Any], _: Any) -> Any:
        inside.append(environ["number"])
        most.append(len(inside))
        yield b"a"
        most.append(len(inside))
        inside.remove(environ["number"])

    guarded = OneAtATime(application)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: guarded({"number": number}, None), range(200)))
    assert set(most) == {1}
