"""The clients' transport, and which failures of AWS are temporary."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.shared.aws import boto
from functions.shared.aws.client import PROXIES, Attempting, dynamodb, error_name, is_transient, is_withdrawn, kms
from functions.shared.aws.errors import CallFailed, CallRefused, CallUnanswered, Reason
from functions.shared.aws.transport.calls import Calls


def cancelled(*codes: str) -> CallRefused:
    reasons = tuple(Reason(code, {}) for code in codes)
    return CallRefused("TransactionCanceledException", 400, reasons=reasons)


def transport(client: Any) -> object:
    """Return what makes a client's single attempts."""
    assert isinstance(client, Attempting)
    return client._client  # noqa: SLF001 - the choice is not visible otherwise


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment without a choice of the transport."""
    for name in ("DOSSIER_TRANSPORT", *PROXIES):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("make", [dynamodb, kms])
@pytest.mark.usefixtures("chosen")
def test_a_client_uses_our_transport(make: Callable[[], Any]) -> None:
    assert isinstance(transport(make()), Calls)


@pytest.mark.parametrize("make", [dynamodb, kms])
@pytest.mark.parametrize("variable", ["DOSSIER_TRANSPORT", *PROXIES])
def test_botocore_replaces_it_by_choice_or_for_a_proxy(
    chosen: pytest.MonkeyPatch, make: Callable[[], Any], variable: str
) -> None:
    chosen.setenv(variable, "botocore" if variable == "DOSSIER_TRANSPORT" else "http://proxy.test")
    assert isinstance(transport(make()), boto.BotocoreCalls)


def test_botocore_replaces_it_if_only_botocore_may_find_credentials(chosen: pytest.MonkeyPatch) -> None:
    chosen.delenv("AWS_SECRET_ACCESS_KEY")
    assert isinstance(transport(dynamodb()), boto.BotocoreCalls)


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
def test_throttling_and_failures_of_aws_are_temporary(code: str) -> None:
    assert is_transient(CallRefused(code, 400))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_every_5xx_of_aws_is_temporary(status: int) -> None:
    assert is_transient(CallRefused("NeverSeen", status))


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
        "Http301",
    ],
)
def test_a_refusal_is_not_temporary(code: str) -> None:
    assert not is_transient(CallRefused(code, 400))


@pytest.mark.parametrize("maybe_received", [True, False])
def test_a_lost_response_is_temporary(*, maybe_received: bool) -> None:
    assert is_transient(CallUnanswered("TimeoutError", maybe_received=maybe_received))


def test_our_own_mistakes_are_not_temporary() -> None:
    assert not is_transient(CallFailed("ParamValidationError"))


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_that_met_another_one_is_temporary(reason: str) -> None:
    assert is_transient(cancelled("None", reason))


def test_a_transaction_whose_condition_failed_is_not_temporary() -> None:
    assert not is_transient(cancelled("ConditionalCheckFailed", "None"))


def test_only_a_refusal_of_kms_withdraws_a_key() -> None:
    assert is_withdrawn(CallRefused("DisabledException", 400))
    assert not is_withdrawn(CallRefused("AccessDeniedException", 400))
    assert not is_withdrawn(CallUnanswered("DisabledException", maybe_received=True))


def test_an_error_is_logged_by_its_code_or_its_class_and_never_by_its_text() -> None:
    assert error_name(CallRefused("AccessDeniedException", 400)) == "AccessDeniedException"
    assert error_name(CallRefused("", 400)) == "CallRefused"
    assert error_name(ValueError("a value")) == "ValueError"
