"""make service: a new service runs, keeps every contract, and goes again without a trace."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.bootstrap import ROOT
from tests.e2e.api import Api, expect
from tests.e2e.changes import commands
from tests.e2e.target import Target, Tokens

pytestmark = pytest.mark.needs("own_cloud")

SCOPES = "loans/read loans/write"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout with a new service in it; environments and built artefacts are shared."""
    copy = tmp_path_factory.mktemp("workshop") / "checkout"
    ignored = shutil.ignore_patterns(".git", ".dossier", ".venv", "__pycache__", ".*_cache", ".coverage*")
    shutil.copytree(ROOT, copy, ignore=ignored)
    (copy / ".dossier").symlink_to(ROOT / ".dossier")
    (copy / ".venv").symlink_to(ROOT / ".venv")
    made = python(copy, "infra.generate.scaffold", "--name", "loan")
    assert made.returncode == 0, made.stderr
    assert "make run" in made.stdout
    return copy


@pytest.fixture
def api(target: Target) -> Iterator[Api]:
    """A client that fetches tokens anew, as scopes come and go, and takes nothing that it creates for a customer."""
    with httpx.Client(base_url=target.url, timeout=20, trust_env=False) as http:
        yield Api(http, Tokens(target.token))


def python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module in a checkout, with this Python."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, encoding="utf-8", check=False)


def passes(checkout: Path, *arguments: str) -> None:
    """Fail, showing what it said, unless a module exits well."""
    run = python(checkout, *arguments)
    assert run.returncode == 0, run.stdout + run.stderr


def test_its_own_tests_pass_and_cover_it(workshop: Path) -> None:
    own = ["tests/unit/loan", "tests/integration/loan"]
    coverage = ["--cov=functions/loan", "--cov-branch", "--cov-fail-under=100", "-p", "no:cacheprovider"]
    passes(workshop, "pytest", *own, *coverage)


def test_it_keeps_the_contracts_of_every_service(workshop: Path) -> None:
    kept = "loan or problem or two_services or compose"
    passes(workshop, "pytest", "tests/contract", "tests/unit/infra", "-k", kept, "-p", "no:cacheprovider")


@pytest.mark.parametrize(
    "check", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy", "--cache-dir", os.devnull)], ids=" ".join
)
def test_it_passes_lint(workshop: Path, check: tuple[str, ...]) -> None:
    passes(workshop, *check, "functions/loan", "tests/unit/loan", "tests/integration/loan")


def test_it_runs_and_goes_again(target: Target, api: Api, workshop: Path) -> None:
    with deployed(commands(target, workshop)):
        created = api.call("POST", "/v1/loans", scopes=SCOPES, json={"name": "One"}, headers={"Idempotency-Key": "k"})
        expect(created, 201)
        again = api.call("POST", "/v1/loans", scopes=SCOPES, json={"name": "One"}, headers={"Idempotency-Key": "k"})
        assert again.json() == created.json()
        read = api.call("GET", f"/v1/loans/{created.json()['id']}", scopes="loans/read")
        assert read.json() == created.json()
        assert api.call("POST", "/v1/loans", scopes="loans/read", json={"name": "One"}).status_code == 403
        assert api.call("GET", "/health/loan", scopes=None).json()["status"] == "ok"
        assert api.call("GET", "/openapi/loan", scopes=None).json()["info"]["title"] == "Dossier loan"
    assert api.call("GET", "/health/loan", scopes=None).status_code == 404


@contextmanager
def deployed(infra: Callable[..., str]) -> Iterator[None]:
    """The new service, deployed for the length of a block, with its scopes given to the suite's client."""
    infra("deploy", "--service", "loan")
    try:
        infra("client", "--scopes", "all", "--confirm", "development")
        yield
    finally:
        infra("delete", "--service", "loan")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "make service NAME=loan"),
        (["--name", "Loan"], "lower-case"),
        (["--name", "loan-offer"], "lower-case"),
        (["--name", "../loan"], "lower-case"),
        (["--name", "class"], "cannot be a name"),
        (["--name", "x"], "2 to 20"),
        (["--name", "sheep", "--plural", "sheep"], "the singular and the plural"),
        (["--name", "list"], "already a name in the generated code"),
        (["--name", "reply"], "already a name in the generated code"),
        (["--name", "response", "--plural", "answers"], "already a name in the generated code"),
        (["--name", "registry"], "another service"),
        (["--name", "gateway"], "another service"),
        (["--name", "buyer", "--plural", "customers"], "another service"),
        (["--name", "buyer", "--plural", "registry"], "another service"),
        (["--name", "buyer", "--plural", "gateway"], "another service"),
        (["--name", "note"], "another service"),
        (["--name", "notes", "--plural", "jottings"], "another service"),
        (["--name", "freeze", "--plural", "freezes"], "The code freeze_not_found is already in"),
        (["--name", "infra"], "already exists"),
        (["--name", "loan", "--plural", "lendings"], "functions/loan already exists"),
    ],
)
def test_a_name_that_no_service_can_have_is_refused(workshop: Path, arguments: list[str], complaint: str) -> None:
    before = sorted(workshop.glob("*/*"))
    refused = python(workshop, "infra.generate.scaffold", *arguments)
    assert refused.returncode == 1
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr
    assert sorted(workshop.glob("*/*")) == before


@pytest.mark.parametrize(
    ("name", "plural"), [("zebracrossing", "zebracrossings"), ("entry", "entries"), ("loan2", "loan2s")]
)
def test_names_of_any_length_and_place_in_the_alphabet_make_tidy_code(workshop: Path, name: str, plural: str) -> None:
    passes(workshop, "infra.generate.scaffold", "--name", name, "--plural", plural)
    own = [f"functions/{name}", f"tests/unit/{name}", f"tests/integration/{name}"]
    passes(workshop, "ruff", "check", *own)
    passes(workshop, "ruff", "format", "--check", *own)
    passes(workshop, "pytest", *own[1:], "-p", "no:cacheprovider")
