"""A stage that leaves nothing open: its registry and its services' health take a token, too."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.api import Api, expect, wait_until
from tests.e2e.changes import commands
from tests.e2e.target import Target

PATHS = ("/", "/services", "/openapi.json", "/health", "/health/customer", "/openapi/customer")
READ = "registry/read"


@pytest.mark.needs("own_cloud")
def test_what_is_public_takes_a_scope_where_the_stage_says_so_and_is_public_again_after_it(
    api: Api, target: Target, checkout: Path, show: Callable[[str], None]
) -> None:
    samconfig = checkout / "samconfig.toml"
    before = samconfig.read_text(encoding="utf-8")
    infra = commands(target, checkout)

    def deploy(settings: str) -> None:
        samconfig.write_text(settings, encoding="utf-8")
        for service in ("gateway", "customer"):
            infra("deploy", "--service", service)

    def answers(scopes: str | None) -> list[int]:
        return [api.call("GET", path, scopes=scopes).status_code for path in PATHS]

    try:
        deploy(f'{before}\n[local.deploy.parameters]\nparameter_overrides = "PublicRoutes=scoped"\n')
        closed = {"without a token": answers(None), "with another scope": answers("customers/read")}
        assert closed == {"without a token": [401] * len(PATHS), "with another scope": [403] * len(PATHS)}
        assert answers(READ) == [200] * len(PATHS)
        # The new version may start more slowly than the registry waits for its health.
        wait_until(lambda: api.call("GET", "/services/customer", scopes=READ).json()["health"] == "ok")
        assert api.call("GET", "/services/customer", scopes=READ).json()["problems"] == []
        # This one was not deployed again, and is named for it.
        credit = api.call("GET", "/services/credit", scopes=READ).json()
        assert "GET /health/credit has no scope: anyone can call it." in credit["problems"]
    finally:
        deploy(before)
    expect(api.call("GET", "/services", scopes=None), 200)
    assert answers(None) == [200] * len(PATHS)
    show(f"PublicRoutes=scoped: {len(PATHS)} routes closed without registry/read, open with it, and open again after")
