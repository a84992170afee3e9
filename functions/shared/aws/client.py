"""Clients of DynamoDB and KMS, with time limits and attempts.

Stores depend only on the protocols, which have boto3's low-level methods. Another transport needs no change of a store.
"""

import random
import time
from collections.abc import Callable
from functools import cache, partial
from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.loaders import Loader
from botocore.session import Session

from functions.shared.plain import deadline, log

Answer = TypeVar("Answer")

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS = 3
# The longest pause before the second attempt; twice as long before the third.
PAUSE_SECONDS = 0.05

# botocore's defaults are 60 s each and, for DynamoDB, 4 attempts, which is longer than a request may take. Only
# `attempt` repeats calls: botocore has no deadline, and does not repeat a transaction that met another one.
CLIENT_CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    # Otherwise botocore composes it twice in each call, which takes a tenth of the call's time.
    user_agent="dossier",
)

# AWS's list of temporary errors. botocore has its own exceptions for timeouts and connections.
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

# Code of a transaction's item whose condition failed.
REFUSED = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
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


class Kms(Protocol):
    """Calls of KMS's client that services use."""

    def decrypt(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_data_key(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_mac(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


def dynamodb() -> DynamoDB:
    """Return a DynamoDB client with our time limits and attempts."""
    return cast("DynamoDB", Attempting(session().create_client("dynamodb", config=CLIENT_CONFIG)))


def kms() -> Kms:
    """Return a KMS client with our time limits and attempts."""
    return cast("Kms", Attempting(session().create_client("kms", config=CLIENT_CONFIG)))


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
        ClientError, BotoCoreError: the last failure, or the first that is not temporary.
        DependencyUnavailable: another attempt could end after the request's deadline.
    """
    for pause in [PAUSE_SECONDS * 2**number for number in range(ATTEMPTS - 1)]:
        deadline.require(CONNECT_SECONDS + READ_SECONDS)
        log.count_call()
        try:
            return call(**request)
        except (ClientError, BotoCoreError) as error:
            if not is_transient(error):
                raise
            log.logger.warning("attempt failed", extra={"fields": {"error": error_name(error)}})
        # Full jitter: two requests that collided do not collide again.
        time.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
    deadline.require(CONNECT_SECONDS + READ_SECONDS)
    log.count_call()
    return call(**request)


class _Loader(Loader):
    """A loader for our two services. botocore's own searches 400 folders twice."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the names of the services that can be loaded."""
        del type_name
        return ["dynamodb", "kms"]


@cache
def session() -> Session:
    """Return a session of botocore. boto3 also imports S3 transfers: 59 modules and 20 ms of a cold start."""
    botocore_session = Session()
    botocore_session.register_component("data_loader", _Loader())
    return botocore_session


def is_transient(error: BotoCoreError | ClientError) -> bool:
    """Return whether a failure is temporary, so that another attempt may succeed."""
    if not isinstance(error, ClientError):
        return isinstance(error, BotoConnectionError | HTTPClientError)
    reasons = cancellation_reasons(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return (
        error_code(error) in _TRANSIENT
        or bool(_TRANSIENT_REASONS & set(reasons))
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def is_withdrawn(error: BotoCoreError | ClientError) -> bool:
    """Return whether a KMS key is disabled or scheduled for deletion. An operator can undo both."""
    return isinstance(error, ClientError) and error_code(error) in _WITHDRAWN


def error_code(error: ClientError) -> str:
    """Return the code of an AWS error, such as ConditionalCheckFailedException."""
    return str(error.response.get("Error", {}).get("Code", ""))


def error_name(error: Exception) -> str:
    """Return the loggable name of an exception: AWS's code or its class. Its text may contain parts of the request."""
    return (isinstance(error, ClientError) and error_code(error)) or type(error).__name__


def cancellation_reasons(error: ClientError) -> list[str]:
    """Return a code for each item of a cancelled transaction, in their order; `None` for items without a failure."""
    if error_code(error) != "TransactionCanceledException":
        return []
    return [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", [])]
