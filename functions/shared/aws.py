"""The ports to DynamoDB and KMS: boto3's low-level method names and keyword arguments, and nothing else of it.

Stores depend on these protocols alone, so that another transport can stand behind them without touching a store.
"""

import random
import time
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, Protocol, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.loaders import Loader
from botocore.session import Session

# One slow call must not outlive the caller: botocore's defaults are 60 s each and, for DynamoDB, 4 attempts.
CLIENT_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
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

TRANSACTION_ATTEMPTS = 3
# The code of a transaction's item whose condition did not hold.
REFUSED = "ConditionalCheckFailed"
_CONFLICT = "TransactionConflict"
_TRANSIENT_REASONS = {_CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"}


class DynamoDB(Protocol):
    """The calls of DynamoDB's client that stores use; arguments and answers as in its API reference."""

    def get_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def put_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def query(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def transact_get_items(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def transact_write_items(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class Kms(Protocol):
    """The calls of KMS's client that services use."""

    def decrypt(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_data_key(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def generate_mac(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


def dynamodb() -> DynamoDB:
    """A DynamoDB client with our time limits."""
    return cast("DynamoDB", session().create_client("dynamodb", config=CLIENT_CONFIG))


def kms() -> Kms:
    """A KMS client with our time limits."""
    return cast("Kms", session().create_client("kms", config=CLIENT_CONFIG))


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


def transact(call: Callable[..., dict[str, Any]], items: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a transaction, again if it met another one on the same items: neither DynamoDB nor botocore does.

    Args:
        call: `transact_write_items` or `transact_get_items`.
        items: its TransactItems.

    Raises:
        ClientError: it was refused, or met others three times.
    """
    for attempt in range(TRANSACTION_ATTEMPTS - 1):
        try:
            return call(TransactItems=items)
        except ClientError as error:
            if _CONFLICT not in cancellation_reasons(error):
                raise
        # Full jitter, so that two do not meet again: 0 to 20, then 0 to 40 ms.
        time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - no secret
    return call(TransactItems=items)
