"""The end-to-end suite: takes a base URL and a token source, and does not care what is behind it.

    pytest tests/e2e --url URL --token SOURCE --place PLACE

It leaves nothing behind but tombstones, so it may run against a system in use, as often as one likes.
"""

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from infra.bootstrap import ROOT
from tests.e2e.api import EVERY_SCOPE, Api
from tests.e2e.changes import PYTHON, copy_checkout
from tests.e2e.places import CAPABILITIES, LACKS
from tests.e2e.probes import ask, clients, stacks
from tests.e2e.route_templates import Route, template_routes
from tests.e2e.target import NoToken, Target
from tests.e2e.vault import vault

__all__ = ["ask", "clients", "stacks", "vault"]

_CLOUD = pytest.StashKey[Target]()
_FIGURES = pytest.StashKey[list[str]]()
_SKIPPED = pytest.StashKey[Counter[tuple[str, str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's options."""
    group = parser.getgroup("e2e", "end-to-end tests")
    group.addoption("--url", help="base URL of the gateway; without it, the suite runs on a local cloud of its own")
    group.addoption("--token", help="a bearer token, or a shell command that prints one for the scopes in $SCOPES")
    group.addoption("--other-token", help="the same for another client, to see that clients are kept apart")
    group.addoption("--place", choices=sorted(LACKS), default="ministack", help="what runs the system")
    group.addoption(
        "--origin", default="https://localhost:3000", help="origin of a browser application that the gateway allows"
    )
    group.addoption("--seed", type=int, help="repeat schemathesis's second run with a seed that it reported")
    group.addoption("--services", help="comma-separated names of those deployed; without it, all that have a template")


def pytest_configure(config: pytest.Config) -> None:
    """The marker by which a test names what it needs, and the count of those that do not get it."""
    # With defaults, as the options do not exist where pytest was called for more than this folder.
    option = config.getoption
    if option("url", None) and not option("token") and "jwt_authorizer" not in LACKS[option("place")]:
        raise pytest.UsageError("give --token with --url")
    try:
        template_routes(option("services", None))
    except LookupError as error:
        raise pytest.UsageError(f"--services: {error}") from None
    config.addinivalue_line("markers", "needs(*capabilities): skip where the place lacks one; see tests/e2e/places.py")
    config.stash[_SKIPPED] = Counter()
    config.stash[_FIGURES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was measured, and how many tests were skipped for lack of what."""
    for figure in config.stash[_FIGURES]:
        terminalreporter.write_line(figure)
    for (capability, reason), count in sorted(config.stash[_SKIPPED].items()):
        terminalreporter.write_line(f"skipped for lack of {capability}: {count} ({reason})")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `service` or `scoped_route` for each of those that should be there."""
    routes = template_routes(metafunc.config.getoption("services", None))
    if "service" in metafunc.fixturenames:
        metafunc.parametrize("service", sorted({route.service for route in routes}))
    if "scoped_route" in metafunc.fixturenames:
        scoped = [route for route in routes if route.scopes]
        metafunc.parametrize("scoped_route", scoped, ids=[f"{route.method} {route.path}" for route in scoped])


@contextmanager
def own_cloud(home: Path) -> Iterator[Target]:
    """A local cloud of this session's own, stopped at its end.

    Args:
        home: an empty folder for all that it keeps.
    """
    environment = {**os.environ, "DOSSIER_HOME": str(home), "DOSSIER_PORT": os.environ.get("DOSSIER_PORT", "4600")}
    command = f"env DOSSIER_HOME='{home}' '{PYTHON}' -m infra"

    def infra(*arguments: str) -> str:
        run = subprocess.run(
            [PYTHON, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        if run.returncode:
            pytest.exit(f"{' '.join(arguments)} failed:\n{run.stderr}", pytest.ExitCode.INTERNAL_ERROR)
        return run.stdout.strip()

    try:
        infra("infra.local", "run")
        infra("infra", "client", "--name", "other", "--scopes", "all", "--confirm", "other")
        token, other = (f'{command} token --name {name} --scopes "$SCOPES"' for name in ("development", "other"))
        yield Target(infra("infra", "url"), "ministack", token, other, home=home)
    finally:
        infra("infra.local", "stop")


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The system under test; a cloud of our own serves every suite of the session, and stops with it."""
    option, stash = request.config.getoption, request.config.stash
    if option("url", None):
        return Target(option("url"), option("place"), option("token"), option("other_token"), option("origin"))
    if _CLOUD not in stash:
        running = ExitStack()
        request.config.add_cleanup(running.close)
        stash[_CLOUD] = running.enter_context(own_cloud(tmp_path_factory.mktemp("cloud") / "e2e"))
    return stash[_CLOUD]


@pytest.fixture(autouse=True)
def capabilities(request: pytest.FixtureRequest, target: Target) -> None:
    """Skip a test that needs what is missing here."""
    lacks = target.lacks()
    for marker in request.node.iter_markers("needs"):
        if unknown := set(marker.args) - CAPABILITIES:
            raise pytest.UsageError(f"no place lacks {unknown}: see tests/e2e/places.py")
        for capability in sorted(set(marker.args) & set(lacks)):
            request.config.stash[_SKIPPED][capability, lacks[capability]] += 1
            pytest.skip(f"{capability}: {lacks[capability]}")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this checkout that a test may change and deploy from."""
    copy_checkout(tmp_path)
    return tmp_path


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a figure in the summary."""
    return request.config.stash[_FIGURES].append


@pytest.fixture(autouse=True)
def aws_environment() -> None:
    """Leave the environment alone: nothing here speaks to AWS, and a token source may need what the caller has."""


@pytest.fixture(scope="session")
def routes(request: pytest.FixtureRequest) -> list[Route]:
    """The routes that should be there."""
    return template_routes(request.config.getoption("services", None))


@pytest.fixture(scope="session")
def api(target: Target) -> Iterator[Api]:
    """A client that may do everything; what it creates is erased at the end."""
    yield from _client(target, target.token)


@pytest.fixture(scope="session")
def other_api(target: Target) -> Iterator[Api]:
    """Another client."""
    yield from _client(target, target.other_token)


def _client(target: Target, token_source: str | None) -> Iterator[Api]:
    client = Api.of(target, token_source)
    try:
        client.tokens.headers(EVERY_SCOPE)
    except NoToken as error:
        # Not an error of each test: without a token none of them says anything.
        pytest.exit(str(error), pytest.ExitCode.USAGE_ERROR)
    with client.http:
        yield client
        client.erase_created()
