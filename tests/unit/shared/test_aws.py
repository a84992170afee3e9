"""The clients' limits, and which AWS errors pass by themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from functions.shared.aws.client import (
    CLIENT_CONFIG,
    CONNECT_SECONDS,
    READ_SECONDS,
    Attempting,
    cancellation_reasons,
    dynamodb,
    error_code,
    error_name,
    is_transient,
    kms,
)


def error(code: str, status: int = 400, **response: Any) -> ClientError:
    document = {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": status}, **response}
    return ClientError(document, "Operation")  # type: ignore[arg-type]  # as much of it as we read


def cancelled(*codes: str) -> ClientError:
    return error("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def test_a_client_makes_one_attempt_of_three_seconds() -> None:
    config: Any = CLIENT_CONFIG
    assert config.connect_timeout == CONNECT_SECONDS == 1
    assert config.read_timeout == READ_SECONDS == 2
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}


@pytest.mark.parametrize("make", [dynamodb, kms])
def test_attempts_are_ours_to_make(make: Callable[[], Any]) -> None:
    assert isinstance(make(), Attempting)


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "TransactionInProgressException",
        "KMSInternalException",
        "TooManyRequestsException",
    ],
)
def test_throttling_and_failures_of_aws_pass(code: str) -> None:
    assert is_transient(error(code))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_every_5xx_of_aws_passes(status: int) -> None:
    assert is_transient(error("NeverSeen", status))


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ValidationException",
        "ConditionalCheckFailedException",
        "DisabledException",
        "KMSInvalidStateException",
        "UnrecognizedClientException",
    ],
)
def test_a_refusal_does_not_pass(code: str) -> None:
    assert not is_transient(error(code))


@pytest.mark.parametrize(
    "failure",
    [
        ConnectTimeoutError(endpoint_url="https://aws.test"),
        ReadTimeoutError(endpoint_url="https://aws.test"),
        EndpointConnectionError(endpoint_url="https://aws.test"),
    ],
)
def test_timeouts_and_lost_connections_pass(failure: Any) -> None:
    assert is_transient(failure)


@pytest.mark.parametrize("failure", [NoCredentialsError(), ParamValidationError(report="a value")])
def test_our_own_mistakes_do_not_pass(failure: Any) -> None:
    assert not is_transient(failure)


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_that_met_another_one_passes(reason: str) -> None:
    assert is_transient(cancelled("None", reason))


def test_a_transaction_whose_condition_failed_does_not_pass() -> None:
    assert not is_transient(cancelled("ConditionalCheckFailed", "None"))


def test_reasons_keep_the_order_of_the_transactions_items() -> None:
    assert cancellation_reasons(cancelled("None", "ConditionalCheckFailed")) == ["None", "ConditionalCheckFailed"]


def test_a_reason_without_a_code_is_none() -> None:
    unnamed = error("TransactionCanceledException", CancellationReasons=[{}, {"Code": "ConditionalCheckFailed"}])
    assert cancellation_reasons(unnamed) == ["None", "ConditionalCheckFailed"]


def test_only_a_cancelled_transaction_has_reasons() -> None:
    assert cancellation_reasons(error("ThrottlingException")) == []
    assert cancellation_reasons(error("TransactionCanceledException")) == []


def test_an_error_without_a_code_has_an_empty_one() -> None:
    assert error_code(ClientError({}, "Operation")) == ""
    assert error_code(error("AccessDeniedException")) == "AccessDeniedException"


def test_an_error_is_logged_by_its_code_or_its_class_and_never_by_its_text() -> None:
    assert error_name(error("AccessDeniedException")) == "AccessDeniedException"
    assert error_name(ParamValidationError(report="a value")) == "ParamValidationError"
