"""What every test stands on: no real credentials, no real AWS."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.account import account, fake_credentials
from tests.support.logs import LogText, logged

# An example that is slow on a busy machine says nothing of the code.
settings.register_profile("dossier", deadline=None)
settings.load_profile("dossier")
# The flag stays on in this process; programs that a test starts, such as SAM CLI, would print warnings of their own.
os.environ.pop("PYTHONWARNDEFAULTENCODING", None)


def pytest_collection_finish() -> None:
    """Collect garbage rarely. Loaded modules are not garbage: to look at them took an eighth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fake credentials and a region, so that nothing can reach an account by accident."""
    fake_credentials(monkeypatch)


@pytest.fixture
def moto_aws(aws_environment: None) -> Iterator[None]:
    """An empty AWS account in memory."""
    del aws_environment
    with account():
        yield


@pytest.fixture
def log_text() -> Iterator[LogText]:
    """The log lines of the code under test."""
    with logged() as text:
        yield text
