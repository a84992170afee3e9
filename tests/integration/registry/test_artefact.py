"""What the registry's artefact carries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.artefacts import PYTHON, zipped_mb
from infra.templates import ROOT

BUDGET_MB = 5


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artefact, built for this machine."""
    folder = tmp_path_factory.mktemp("artefact") / "registry"
    subprocess.run(
        [sys.executable, ROOT / "infra" / "deploy" / "packaging.py", ROOT / "gateway_config" / "registry", folder],
        env={**os.environ, "DOSSIER_TARGET": "host", "DOSSIER_RUNTIME": PYTHON},
        check=True,
    )
    return folder


def test_it_has_what_pages_are_made_of_as_it_stands_here(artefact: Path) -> None:
    here = ROOT / "gateway_config" / "registry"
    carried = [*here.glob("static/*"), *here.glob("templates/*"), here / "openapi.json", ROOT / "docs" / "problems.md"]
    for source in carried:
        folder = here if source.name == "problems.md" else source.parent
        copy = artefact / folder.relative_to(ROOT) / source.name
        assert copy.read_bytes() == source.read_bytes()


def test_it_carries_the_viewer_with_its_licence_and_nothing_that_no_page_loads(artefact: Path) -> None:
    viewer = artefact / "drf_spectacular_sidecar" / "static"
    assert {file.name for file in viewer.rglob("*") if file.is_file()} == {
        "LICENSE",
        "swagger-ui-bundle.js",
        "swagger-ui-bundle.js.LICENSE.txt",
        "swagger-ui.css",
    }


def test_it_keeps_to_its_size(artefact: Path) -> None:
    assert zipped_mb(artefact) <= BUDGET_MB
