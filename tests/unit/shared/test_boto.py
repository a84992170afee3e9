"""Calls through botocore: their limits, and botocore's failures as ours."""

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from functions.shared.aws.boto import CLIENT_CONFIG, SERVICES, BotocoreCalls, client
from functions.shared.aws.errors import CallFailed, CallRefused, CallUnanswered, Reason

SECRET = "078-05-1120"


def failure(error: ClientError | BotoCoreError) -> CallFailed:
    """Return the failure of a call that raises this error."""

    class Client:
        def get_item(self, **_: Any) -> None:
            raise error

    with pytest.raises(CallFailed) as raised:
        BotocoreCalls(Client()).get_item(TableName="customers")
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__
    return raised.value


def refused(code: str, **response: Any) -> ClientError:
    metadata = {"HTTPStatusCode": 400, "RequestId": "request-1"}
    document = {"Error": {"Code": code, "Message": SECRET}, "ResponseMetadata": metadata, **response}
    return ClientError(document, "GetItem")  # type: ignore[arg-type]  # the members that are read


def test_a_client_makes_one_attempt_of_three_seconds() -> None:
    config: Any = CLIENT_CONFIG
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_client(service: str) -> None:
    assert callable(client(service).get_paginator)


def test_a_response_is_returned() -> None:
    class Client:
        def get_item(self, **request: Any) -> dict[str, Any]:
            return request

    assert BotocoreCalls(Client()).get_item(TableName="customers") == {"TableName": "customers"}


def test_an_error_of_aws_keeps_code_status_and_request_id() -> None:
    error = failure(refused("ConditionalCheckFailedException", Item={"pk": {"S": "a"}}))
    assert isinstance(error, CallRefused)
    assert (error.code, error.status, error.request_id) == ("ConditionalCheckFailedException", 400, "request-1")
    assert (error.item, error.reasons) == ({"pk": {"S": "a"}}, ())


def test_a_cancelled_transaction_keeps_its_reasons_in_order() -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": {"pk": {"S": "a"}}}, {}]
    error = failure(refused("TransactionCanceledException", CancellationReasons=reasons))
    assert isinstance(error, CallRefused)
    assert error.reasons == (
        Reason("None", {}),
        Reason("ConditionalCheckFailed", {"pk": {"S": "a"}}),
        Reason("None", {}),
    )


def test_an_error_without_a_code_has_an_empty_one() -> None:
    assert failure(ClientError({}, "GetItem")).code == ""


@pytest.mark.parametrize("kind", [ConnectTimeoutError, EndpointConnectionError])
def test_without_a_connection_nothing_was_received(kind: type[BotoCoreError]) -> None:
    error = failure(kind(endpoint_url=SECRET))
    assert isinstance(error, CallUnanswered)
    assert (error.code, error.maybe_received) == (kind.__name__, False)


@pytest.mark.parametrize("kind", [ReadTimeoutError, ConnectionClosedError])
def test_a_lost_response_may_have_been_received(kind: type[BotoCoreError]) -> None:
    error = failure(kind(endpoint_url=SECRET))
    assert isinstance(error, CallUnanswered)
    assert (error.code, error.maybe_received) == (kind.__name__, True)


@pytest.mark.parametrize("error", [NoCredentialsError(), ParamValidationError(report=SECRET)])
def test_a_mistake_of_ours_is_no_lost_response(error: BotoCoreError) -> None:
    assert type(failure(error)) is CallFailed
