"""A service comes, changes and goes, and nobody who calls the others notices."""

import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT
from tests.e2e.api import Api
from tests.e2e.target import Target

pytestmark = pytest.mark.needs("own_cloud")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this checkout that a test may change; environments and built artefacts are shared."""
    for folder in ("functions", "gateway_config", "infra"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "samconfig.toml", tmp_path)
    (tmp_path / ".dossier").symlink_to(ROOT / ".dossier")
    return tmp_path


def test_deploying_changing_and_deleting_a_service_fails_no_request_to_the_others(
    target: Target, api: Api, checkout: Path, show: Callable[[str], None]
) -> None:
    infra = commands(target, checkout)
    outcomes: Counter[str] = Counter()
    try:
        with steady_stream(api, outcomes):
            infra("delete", "--service", "credit")
            assert api.call("GET", "/health/credit", scopes=None).status_code == 404
            infra("deploy", "--service", "credit")
            assert api.call("GET", "/health/credit", scopes=None).status_code == 200
            with (checkout / "functions" / "credit" / "app.py").open("a") as source:
                source.write("# changed\n")
            said = infra("deploy")
            assert "unchanged" in said
            assert "credit " in said.replace("unchanged", "").splitlines()[-1]
    finally:
        commands(target, ROOT)("deploy", "--service", "credit")
    failed = {outcome: count for outcome, count in outcomes.items() if not outcome.endswith(" 200")}
    assert not failed
    assert outcomes.total() > 100
    show(f"delete, deploy and update of credit: {outcomes.total()} requests to the others, {len(failed)} failed")


def test_a_dry_run_shows_the_changed_stack_and_no_other(target: Target, checkout: Path) -> None:
    with (checkout / "functions" / "ssn" / "app.py").open("a") as source:
        source.write("# changed\n")
    said = commands(target, checkout)("deploy", "--dry-run")
    assert "gateway, credit, customer unchanged" in said
    assert said.count("would change") == 1
    changed = {line.split()[2] for line in said.splitlines() if line.startswith("+")}
    assert len(changed) == 1
    assert changed.pop().startswith("FunctionVersion")


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (("RouteKey: GET /v1/ssn/{customer_id}", "RouteKey: GET /v1/customers/{id}"), "belongs to customer"),
        (("AuthorizationScopes: [ssn/write]", "AuthorizationScopes: []"), "open to everybody"),
    ],
)
def test_a_route_that_is_taken_or_open_is_refused(
    target: Target, checkout: Path, edit: tuple[str, str], complaint: str
) -> None:
    template = checkout / "functions" / "ssn" / "template.yaml"
    before = template.read_text()
    template.write_text(before.replace(*edit))
    assert template.read_text() != before
    with pytest.raises(subprocess.CalledProcessError) as refused:
        commands(target, checkout)("deploy")
    assert complaint in refused.value.stderr
    assert "ssn " in refused.value.stderr


def commands(target: Target, checkout: Path) -> Callable[..., str]:
    """Runs the commands of a checkout on the suite's own cloud; what they said."""
    python = ENVIRONMENTS["ministack"][0] / "bin" / "python"
    environment = {**os.environ, "DOSSIER_HOME": str(target.home)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [python, "-m", "infra", *arguments],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stderr

    return run


@contextmanager
def steady_stream(api: Api, outcomes: Counter[str]) -> Iterator[None]:
    """Call the other services all the while; what came of it is counted as `path status`."""
    ended = threading.Event()
    customer = f"/v1/customers/{api.create().json()['id']}"
    paths = ["/health/customer", "/health/ssn", "/v1/customers?limit=5", customer]

    def call(path: str) -> None:
        while not ended.is_set():
            outcomes[f"{path} {api.call('GET', path).status_code}"] += 1

    threads = [threading.Thread(target=call, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
