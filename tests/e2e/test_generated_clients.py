"""Two clients, generated from the document that the gateway serves, type-checked, walk the main journey."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT
from tests.e2e.api import Api, expect
from tests.e2e.vault import a_number

CLIENTS = ROOT / "tests" / "clients"
PYTHON = ENVIRONMENTS["generators"][0] / "bin"
NODE_MODULES = ROOT / ".dossier" / "generators" / "node_modules"
SCOPES = (
    "customers/read customers/write customers/erase credit/read credit/write "
    "ssn/read ssn/write ssn/verify profiles/read"
)

pytestmark = pytest.mark.needs("token_source", "jwt_authorizer")


@pytest.fixture(scope="module")
def document(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gateway's OpenAPI document, as a file."""
    answer = api.call("GET", "/openapi.json", scopes=None)
    expect(answer, 200)
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_text(json.dumps(answer.json()), encoding="utf-8")
    return path


@pytest.fixture
def environment(api: Api) -> dict[str, str]:
    """What a journey reads: where the gateway is, a token and a number that nobody has."""
    base = str(api.http.base_url).rstrip("/")
    return {**os.environ, "URL": base, "TOKEN": api.tokens.token(SCOPES), "SSN": a_number()}


def run(folder: Path, environment: dict[str, str], *command: str | Path) -> str:
    """Run a program, and fail with all that it printed."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=180
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_generated_python_client_walks_the_journey(
    document: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    if not (PYTHON / "openapi-python-client").exists():
        pytest.skip("The Python client generator is missing: make generators")
    generator, package = PYTHON / "openapi-python-client", tmp_path / "dossier_client"
    options: list[str | Path] = ["--config", CLIENTS / "generator.yaml", "--meta", "none", "--fail-on-warning"]
    run(tmp_path, environment, generator, "generate", "--path", document, "--output-path", package, *options)
    journey = tmp_path / "journey.py"
    shutil.copy(CLIENTS / "journey.py", journey)
    run(tmp_path, environment, PYTHON / "mypy", "--strict", "journey.py")
    assert run(tmp_path, environment, PYTHON / "python", journey) == "done\n"
    names = {path.stem for path in (package / "models").iterdir()}
    assert {name for name in names if "problem" in name or "message" in name} == {"problem", "gateway_message"}
    assert len(list(package.rglob("*.py"))) < 200


def test_a_generated_typescript_client_walks_the_journey(
    document: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    if not NODE_MODULES.exists():
        pytest.skip("The TypeScript client generator is missing (needs npm): make generators")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    for name in ("journey.ts", "tsconfig.json"):
        shutil.copy(CLIENTS / name, tmp_path / name)
    program = NODE_MODULES / ".bin"
    run(tmp_path, environment, program / "openapi-typescript", document, "-o", tmp_path / "schema.d.ts")
    run(tmp_path, environment, program / "tsc", "--project", tmp_path)
    assert run(tmp_path, environment, "node", tmp_path / "journey.js") == "done\n"
