"""An AWS account in memory, reached with fake credentials."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

from tests.support.quick_moto import quicken


@contextmanager
def account() -> Iterator[pytest.MonkeyPatch]:
    """Yield a patch of the environment that lasts as long as the account, which is empty at first."""
    with pytest.MonkeyPatch.context() as patch:
        fake_credentials(patch)
        quicken(patch)
        with mock_aws():
            yield patch


def fake_credentials(patch: pytest.MonkeyPatch) -> None:
    """Set fake credentials and a region, so that nothing can reach a real account by accident."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_ACCESS_KEY_ID", "testing")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # moto answers the calls of botocore.
    patch.setenv("DOSSIER_TRANSPORT", "botocore")
    # With an account in the host name, boto3 sends calls to an address that moto answers with 404.
    patch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
