"""Clients are made, listed and deleted; what they may do changes with them."""

from collections.abc import Callable

import httpx
import pytest

from infra.bootstrap import ROOT
from tests.e2e.changes import command, commands
from tests.e2e.target import Target

pytestmark = pytest.mark.needs("own_cloud")


@pytest.fixture
def printed(target: Target) -> Callable[..., str]:
    """Runs a command and returns what it prints on stdout; a command that fails returns its error."""

    def run(*arguments: str) -> str:
        done = command(target, ROOT, *arguments)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()

    return run


def test_a_client_comes_changes_and_goes(target: Target, printed: Callable[..., str]) -> None:
    infra = commands(target, ROOT)

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{target.url}/v1/customers?limit=1", headers=headers, timeout=20, trust_env=False).status_code

    infra("client", "--name", "web", "--scopes", "credit/read")
    assert "web                      credit/read" in printed("clients").splitlines()
    assert status(printed("token", "--name", "web")) == 403
    infra("client", "--name", "web", "--scopes", "customers/read")
    token = printed("token", "--name", "web")
    assert status(token) == 200
    assert printed("delete-client", "--name", "web").endswith("Add CONFIRM=web.")
    infra("delete-client", "--name", "web", "--confirm", "web")
    assert "web" not in [line.split()[0] for line in printed("clients").splitlines()]
    # The gateway stops admitting it: a token that is still valid is refused.
    assert status(token) == 401


def test_scopes_are_never_given_by_default(printed: Callable[..., str]) -> None:
    assert printed("client", "--name", "greedy").startswith("Name the scopes:")
    assert "reveals or erases data. Add CONFIRM=" in printed("client", "--name", "greedy", "--scopes", "all")
    assert "greedy" not in printed("clients")
