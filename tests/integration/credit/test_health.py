"""GET /health/credit."""

import boto3

from tests.support.gateway import Gateway


def test_it_answers_anyone_while_the_table_can_be_read(gateway: Gateway) -> None:
    gateway.scope = None
    answer = gateway.call("GET /health/credit")
    assert (answer.status, answer.json) == (200, {"service": "credit", "version": "unreleased", "status": "ok"})


def test_it_fails_without_the_table(gateway: Gateway, session: boto3.Session, table: str) -> None:
    session.client("dynamodb").delete_table(TableName=table)
    answer = gateway.call("GET /health/credit")
    assert answer.status >= 500
    assert answer.headers["content-type"] == "application/problem+json"
