"""Calls through botocore: for the registry, for operators' jobs, and where our transport cannot be used.

Nothing imports this module at start-up in a service, because botocore takes most of a cold start.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.loaders import Loader
from botocore.session import Session

from functions.shared.aws.errors import CallFailed, CallRefused, CallUnanswered, reasons_of
from functions.shared.aws.transport.calls import CONNECT_SECONDS, READ_SECONDS

# botocore's defaults are 60 s each and, for DynamoDB, 4 attempts, which is longer than a request may take. Only
# `client.attempt` repeats calls: botocore has no deadline, and does not repeat a transaction that met another one.
CLIENT_CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    # Otherwise botocore composes it twice in each call, which takes a tenth of the call's time.
    user_agent="dossier",
)
SERVICES = ["dynamodb", "events", "kms", "ssm"]


class BotocoreCalls:
    """A client of botocore whose failures are `CallFailed`."""

    def __init__(self, client: object) -> None:
        """Wrap `client`."""
        self._client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return the client's operation."""
        return partial(_called, getattr(self._client, operation))


def client(service: str) -> BotocoreCalls:
    """Return a client of a service, in one attempt of at most three seconds."""
    return BotocoreCalls(session().create_client(service, config=CLIENT_CONFIG))


class _Loader(Loader):
    """A loader for our services. botocore's own searches 400 folders twice."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the names of the services that can be loaded."""
        del type_name
        return SERVICES


@cache
def session() -> Session:
    """Return a session of botocore. boto3 also imports S3 transfers: 59 modules and 20 ms of a cold start."""
    botocore_session = Session()
    botocore_session.register_component("data_loader", _Loader())
    return botocore_session


def converted(error: ClientError | BotoCoreError) -> CallFailed:
    """Return the failure of botocore as ours, without its text."""
    if isinstance(error, ClientError):
        response: dict[str, Any] = {**error.response}
        details = response.get("ResponseMetadata", {})
        return CallRefused(
            str(response.get("Error", {}).get("Code", "")),
            details.get("HTTPStatusCode", 0),
            details.get("RequestId", ""),
            reasons_of(response),
            response.get("Item"),
        )
    name = type(error).__name__
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return CallUnanswered(name, maybe_received=False)
    if isinstance(error, BotocoreConnectionError | HTTPClientError):
        return CallUnanswered(name, maybe_received=True)
    return CallFailed(name)


def _called(call: Callable[..., Any], **request: Any) -> Any:
    try:
        return call(**request)
    except (ClientError, BotoCoreError) as error:
        raise converted(error) from None
