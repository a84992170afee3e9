"""The Customer Service on moto, called as the gateway calls it."""

from collections.abc import Iterator

import pytest

from functions.customer.app import handler
from tests.support.customers import Arrivals, deployed_service, forget
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway


@pytest.fixture(scope="module")
def deployed() -> Iterator[Table]:
    """An account with the service's table and key, one for each module of tests.

    Clients, table and key take a third of a second to make, an empty table a few milliseconds.
    """
    with deployed_service() as table:
        yield table


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
