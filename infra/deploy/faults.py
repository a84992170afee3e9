"""Messages for failed calls of AWS. The cause may be on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    WaiterError,
)

from infra.commands import CommandFailed
from infra.deploy.settings import LOCAL

REFUSED = (BotoCoreError, ClientError, WaiterError)


@contextmanager
def explained(stage: str, hint: str = "") -> Iterator[None]:
    """Raise a failed call of a stage as `CommandFailed`, with a hint as the last line of the message."""
    try:
        yield
    except REFUSED as error:
        raise CommandFailed(f"{fault(error, stage)}\n{hint}".rstrip()) from None


def fault(error: Exception, stage: str) -> str:
    """Return one line with the cause, and if this is on this machine, the place to correct it."""
    # Only errors of the network have an address.
    address = getattr(error, "kwargs", {}).get("endpoint_url")
    match error:
        case NoCredentialsError():
            return "No AWS credentials are configured. Set AWS_PROFILE to a profile, or log in."
        case NoRegionError():
            return "No AWS region is configured. Set AWS_DEFAULT_REGION, or a region in the profile of AWS_PROFILE."
        case ConnectionError() | HTTPClientError() if "endpoint_url" in error.kwargs:
            if stage == LOCAL:
                return f"The local cloud does not respond at {address}. Start it with: make run"
            return f"{address} cannot be reached. Check the network, the region and AWS_ENDPOINT_URL."
        case ClientError() | WaiterError():
            return f"{'The local cloud' if stage == LOCAL else 'AWS'} refused the request: {error}"
        case _:
            return f"AWS could not be called: {error}"
