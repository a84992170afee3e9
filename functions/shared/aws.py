"""The ports to DynamoDB and KMS: boto3's low-level method names and keyword arguments, and nothing else of it.

Stores depend on these protocols alone, so that another transport can stand behind them without touching a store.
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

from functions.shared import deadline, log

Answer = TypeVar("Answer")

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS = 3
# The longest pause before the second attempt; twice as long before the third.
PAUSE_SECONDS = 0.05

# One slow call must not outlive the caller: botocore's defaults are 60 s each and, for DynamoDB, 4 attempts. `attempt`
# alone repeats a call: botocore knows no deadline, and does not repeat a transaction that met another one.
CLIENT_CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    # Otherwise botocore composes one twice a call, a tenth of what the call costs.
    user_agent="dossier",
)

# AWS's own list of what passes by itself, less what botocore raises as its own exceptions (timeouts, connections).
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

# The code of a transaction's item whose condition did not hold.
REFUSED = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
_TRANSIENT_REASONS = {CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"}


class DynamoDB(Protocol):
    """The calls of DynamoDB's client that stores use; arguments and answers as in its API reference."""

    def get_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def put_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def update_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def delete_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def query(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def transact_get_items(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def transact_write_items(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class Kms(Protocol):
    """The calls of KMS's client that services use."""

    def decrypt(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_data_key(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_mac(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


def dynamodb() -> DynamoDB:
    """A DynamoDB client with our time limits and attempts."""
    return cast("DynamoDB", Attempting(session().create_client("dynamodb", config=CLIENT_CONFIG)))


def kms() -> Kms:
    """A KMS client with our time limits and attempts."""
    return cast("Kms", Attempting(session().create_client("kms", config=CLIENT_CONFIG)))


class Attempting:
    """A client each of whose calls is made by `attempt`."""

    def __init__(self, client: object) -> None:
        """Call `client`, which makes one attempt a call."""
        self._client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """The client's operation."""
        return partial(attempt, getattr(self._client, operation))


def attempt(call: Callable[..., Answer], **request: Any) -> Answer:
    """Make a call, and again while it fails for a reason that passes, three times at most and within the deadline.

    Raises:
        ClientError, BotoCoreError: the last failure, or the first that does not pass.
        DependencyUnavailable: another attempt might end after the request's deadline.
    """
    for pause in [PAUSE_SECONDS * 2**number for number in range(ATTEMPTS - 1)]:
        deadline.require(CONNECT_SECONDS + READ_SECONDS)
        try:
            return call(**request)
        except (ClientError, BotoCoreError) as error:
            if not is_transient(error):
                raise
            log.logger.warning("attempt failed", extra={"fields": {"error": error_name(error)}})
        # Full jitter, so that two that met do not meet again.
        time.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
    deadline.require(CONNECT_SECONDS + READ_SECONDS)
    return call(**request)


class _Loader(Loader):
    """Finds the models of our two services without looking for those of all others, twice, through 400 folders."""

    def list_available_services(self, type_name: str) -> list[str]:
        """What `load_service_model` may be asked for."""
        del type_name
        return ["dynamodb", "kms"]


@cache
def session() -> Session:
    """A session of botocore, not of boto3, which brings S3 transfers: 59 modules and 20 ms of a cold start."""
    found = Session()
    found.register_component("data_loader", _Loader())
    return found


def is_transient(error: BotoCoreError | ClientError) -> bool:
    """Whether a call failed for a reason that passes: the caller may try again."""
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
    """Whether a KMS key was disabled, or is to be deleted: no attempt helps, and it may come back."""
    return isinstance(error, ClientError) and error_code(error) in _WITHDRAWN


def error_code(error: ClientError) -> str:
    """The code of an AWS error, such as ConditionalCheckFailedException."""
    return str(error.response.get("Error", {}).get("Code", ""))


def error_name(error: Exception) -> str:
    """What to log of an exception: AWS's code, or its class; never its text, which may echo what was sent."""
    return (isinstance(error, ClientError) and error_code(error)) or type(error).__name__


def cancellation_reasons(error: ClientError) -> list[str]:
    """Why a transaction was cancelled: a code for each of its items, in their order, `None` for an innocent one."""
    if error_code(error) != "TransactionCanceledException":
        return []
    return [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", [])]
