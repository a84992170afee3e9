"""An AWS account in memory, reached with fake credentials."""

import copy
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto import mock_aws
from moto.dynamodb.models.table import Table


@contextmanager
def account() -> Iterator[pytest.MonkeyPatch]:
    """Yield a patch of the environment that lasts as long as the account, which is empty at first."""
    with pytest.MonkeyPatch.context() as patch:
        fake_credentials(patch)
        patch.setattr(Table, "__deepcopy__", _snapshot, raising=False)
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


def _snapshot(table: Table, _: dict[int, Any]) -> Table:
    # Before each transaction moto copies every item of its tables, to restore them if it fails. That took a third of
    # the tests' time. Puts and deletes replace items, and no transaction of ours updates one in place.
    snapshot = copy.copy(table)
    snapshot.items = defaultdict(dict)
    for key, items in table.items.items():
        snapshot.items[key] = dict(items) if table.has_range_key else items
    return snapshot
