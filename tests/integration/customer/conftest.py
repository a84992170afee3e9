"""The Customer Service on moto, called as the gateway calls it."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from functions.customer.app import handler
from functions.customer.store import get_store
from functions.shared.signing import signing_key
from infra.templates import ROOT
from tests.support.customers import Arrivals
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.logs import LogText, logged
from tests.support.resources import create_key, create_table

TEMPLATE = ROOT / "functions" / "customer" / "template.yaml"


@pytest.fixture(scope="module")
def deployed() -> Iterator[Table]:
    """An account with the service's table and key, one for each module of tests.

    Clients, table and key take a third of a second to make, an empty table a few milliseconds.
    """
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        table = Table(create_table(TEMPLATE), boto3.client("dynamodb"))
        environment.setenv("TABLE_NAME", table.name)
        environment.setenv("SIGNING_KEY_ID", create_key(TEMPLATE, "SigningKey"))
        forget()
        yield table
        forget()


@pytest.fixture
def gateway(deployed: Table) -> Gateway:
    """The service behind the gateway with an empty table, for a client that may do everything."""
    deployed.empty()
    return Gateway(handler)


@pytest.fixture
def table(gateway: Gateway, deployed: Table) -> Table:
    """The service's table."""
    del gateway
    return deployed


@pytest.fixture
def cold() -> Iterator[None]:
    """For a test that changes the environment of the service: it forgets what it holds, before and after."""
    forget()
    yield
    forget()


@pytest.fixture
def arrivals(gateway: Gateway) -> Arrivals:
    """Fills the table."""
    del gateway
    return Arrivals()


@pytest.fixture
def log_text() -> Iterator[LogText]:
    """What the test makes the service log."""
    with logged() as text:
        yield text


def forget() -> None:
    """Make the service start anew: with the next request it makes its clients and derives its key."""
    get_store.cache_clear()
    signing_key.cache_clear()
