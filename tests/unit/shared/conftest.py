"""What the tests of functions/shared share."""

from collections.abc import Iterator

import pytest

from tests.support.gateway import Gateway
from tests.support.greeter import Greeter, greeter
from tests.support.logs import LogText, logged


@pytest.fixture
def log_text() -> Iterator[LogText]:
    """What the test makes the project log."""
    with logged() as text:
        yield text


@pytest.fixture
def app() -> Greeter:
    """A service."""
    return greeter()


@pytest.fixture
def gateway(app: Greeter) -> Gateway:
    """The service behind the gateway, for a client that may do everything."""
    return Gateway(app, scope="greetings/read greetings/write")
