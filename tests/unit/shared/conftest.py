"""What the tests of functions/shared share."""

import pytest

from tests.support.gateway import Gateway
from tests.support.greeter import Greeter, greeter


@pytest.fixture
def app() -> Greeter:
    """A service."""
    return greeter()


@pytest.fixture
def gateway(app: Greeter) -> Gateway:
    """The service behind the gateway, for a client that may do everything."""
    return Gateway(app, scope="greetings/read greetings/write")
