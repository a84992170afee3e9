"""The words for a failed call of AWS, which may have failed on this machine."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    WaiterError,
)

from infra.deploy import LOCAL

REFUSED = (BotoCoreError, ClientError, WaiterError)


def fault(error: Exception, stage: str) -> str:
    """Return one line that names the cause, and where it is not AWS, the place to correct it.

    Args:
        error: one of `REFUSED`.
        stage: the stage that was to be reached.
    """
    # Only errors of the network have an address.
    address = getattr(error, "kwargs", {}).get("endpoint_url")
    match error:
        case NoCredentialsError():
            return "No AWS credentials are configured: name a profile with AWS_PROFILE, or log in."
        case NoRegionError():
            return "No AWS region is configured: set AWS_DEFAULT_REGION, or the region of the profile in AWS_PROFILE."
        case ConnectionError() | HTTPClientError() if "endpoint_url" in error.kwargs:
            if stage == LOCAL:
                return f"The local cloud does not answer at {address}. Start it with: make run"
            return f"{address} cannot be reached: check the network, the region, AWS_ENDPOINT_URL."
        case ClientError() | WaiterError():
            return f"{'The local cloud' if stage == LOCAL else 'AWS'} refuses: {error}"
        case _:
            return f"AWS is not called: {error}"
