"""Clients of AWS, with time limits and attempts.

Stores depend only on the protocols, which have boto3's low-level methods, and on the errors in `errors`. Behind them is
our transport. botocore replaces it if DOSSIER_TRANSPORT=botocore, if a proxy is configured, or if the credentials are
neither in the environment nor at a container's endpoint.
"""

import os
import random
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast

from functions.shared.aws.errors import CONFLICT, CallFailed, CallRefused, CallUnanswered
from functions.shared.aws.transport.calls import CONNECT_SECONDS, READ_SECONDS, Calls
from functions.shared.aws.transport.credentials import CredentialsNotFound, source
from functions.shared.aws.transport.endpoint import DYNAMODB, EVENTS, KMS, SSM, Service
from functions.shared.plain import deadline, log

Answer = TypeVar("Answer")

ATTEMPTS = 3
# The longest pause before the second attempt; twice as long before the third.
PAUSE_SECONDS = 0.05
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")

# AWS's list of temporary errors.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_TRANSIENT = {
    "InternalServerError",
    "InternalFailure",
    "KMSInternalException",
    "KeyUnavailableException",
    "DependencyTimeoutException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "TooManyRequestsException",
}

# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
_WITHDRAWN = {"DisabledException", "KMSInvalidStateException"}

_TRANSIENT_REASONS = {CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"}


class DynamoDB(Protocol):
    """Calls of DynamoDB's client that stores use. Its API reference describes arguments and responses."""

    def get_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def put_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def update_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def delete_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def query(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def transact_get_items(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def transact_write_items(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def batch_get_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def batch_write_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class Kms(Protocol):
    """Calls of KMS's client that services use."""

    def decrypt(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def encrypt(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_data_key(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_mac(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class EventBridge(Protocol):
    """Calls of EventBridge's client that the forwarder uses."""

    def put_events(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class Ssm(Protocol):
    """Calls of the Systems Manager's client that services use."""

    def get_parameters_by_path(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


def dynamodb() -> DynamoDB:
    """Return a DynamoDB client with our time limits and attempts."""
    return cast("DynamoDB", Attempting(_client(DYNAMODB)))


def kms() -> Kms:
    """Return a KMS client with our time limits and attempts."""
    return cast("Kms", Attempting(_client(KMS)))


def _client(service: Service) -> object:
    if os.environ.get("DOSSIER_TRANSPORT") != "botocore" and not any(os.environ.get(name) for name in PROXIES):
        try:
            return Calls(service, source())
        except CredentialsNotFound:
            pass
    from functions.shared.aws import boto  # noqa: PLC0415 - it imports botocore

    return boto.client(service.name)


def event_bridge() -> EventBridge:
    """Return an EventBridge client with our time limits and attempts."""
    return cast("EventBridge", Attempting(_client(EVENTS)))


def ssm() -> Ssm:
    """Return a client of the Systems Manager with our time limits and attempts."""
    return cast("Ssm", Attempting(_client(SSM)))


class Attempting:
    """A client that makes each call with `attempt`."""

    def __init__(self, client: object) -> None:
        """Wrap `client`, which makes one attempt in each call."""
        self._client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return the client's operation."""
        return partial(attempt, getattr(self._client, operation))


def attempt(call: Callable[..., Answer], **request: Any) -> Answer:
    """Make a call, with at most three attempts within the deadline if its failures are temporary.

    Raises:
        CallFailed: the last failure, or the first that is not temporary.
        DependencyUnavailable: another attempt could end after the request's deadline.
    """
    for pause in [PAUSE_SECONDS * 2**number for number in range(ATTEMPTS - 1)]:
        deadline.require(CONNECT_SECONDS + READ_SECONDS)
        log.count_call()
        try:
            return call(**request)
        except CallFailed as error:
            if not is_transient(error):
                raise
            log.logger.warning("attempt failed", extra={"fields": {"error": error_name(error)}})
        # Full jitter: two requests that collided do not collide again.
        time.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
    deadline.require(CONNECT_SECONDS + READ_SECONDS)
    log.count_call()
    return call(**request)


def is_transient(error: CallFailed) -> bool:
    """Return whether a failure is temporary, so that another attempt may succeed."""
    if not isinstance(error, CallRefused):
        return isinstance(error, CallUnanswered)
    return (
        error.code in _TRANSIENT
        or any(reason.code in _TRANSIENT_REASONS for reason in error.reasons)
        or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def is_withdrawn(error: CallFailed) -> bool:
    """Return whether a KMS key is disabled or scheduled for deletion. An operator can undo both."""
    return isinstance(error, CallRefused) and error.code in _WITHDRAWN


def error_name(error: Exception) -> str:
    """Return the loggable name of an exception: AWS's code or its class. Its text may contain parts of the request."""
    return (isinstance(error, CallFailed) and error.code) or type(error).__name__
