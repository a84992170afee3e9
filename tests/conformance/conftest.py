"""The conformance table runs on the system that the end-to-end suite runs on, with the same options.

    pytest tests/conformance [--url URL --token SOURCE --place PLACE] [--write-differences]

Name both folders and this is the second.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from tests.conformance import document
from tests.conformance.answers import observed
from tests.conformance.rows import Row
from tests.conformance.tokens import Forger
from tests.e2e import conftest as e2e
from tests.e2e.target import Target

target = e2e.target

_SEEN = pytest.StashKey[tuple[str, dict[str, str]]]()
_REMARKS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """The suite's options."""
    if pluginmanager.has_plugin("session"):
        # Too late for options, and those of the other suite, which comes next, would meet these.
        return
    with suppress(ValueError):  # The other folder was named too, and has them.
        e2e.pytest_addoption(parser)
    parser.getgroup("conformance").addoption(
        "--write-differences", action="store_true", help="write docs/local-vs-aws.md anew from what is seen"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Room for what is seen."""
    config.stash[_REMARKS] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what was seen, if that is wanted."""
    if session.config.getoption("write_differences", default=False) and _SEEN in session.config.stash:
        document.write(*session.config.stash[_SEEN])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was seen on AWS of rows that no page of AWS verifies."""
    for remark in config.stash[_REMARKS]:
        terminalreporter.write_line(remark)


@pytest.fixture
def remark(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line in the summary."""
    return request.config.stash[_REMARKS].append


@pytest.fixture
def record(request: pytest.FixtureRequest, target: Target) -> Callable[[str, str], bool]:
    """Remember what was seen; whether it is to be written down, and so not to be compared."""
    stash = request.config.stash
    _, seen = stash.setdefault(_SEEN, (target.place, {}))

    def record(row: str, answer: str) -> bool:
        seen[row] = answer
        return bool(request.config.getoption("write_differences", default=False))

    return record


@pytest.fixture
def compared(request: pytest.FixtureRequest) -> None:
    """Skip a test of what is about to be written anew."""
    if request.config.getoption("write_differences", default=False):
        pytest.skip("the document is being written")


@pytest.fixture(scope="session")
def observe(target: Target) -> Iterator[Callable[[Row], str]]:
    """Sends the request of a row to the system under test; what a caller sees."""
    forger = Forger(target)
    with httpx.Client(timeout=30, trust_env=False) as http:
        yield lambda row: observed(row, http, forger)
