"""What is measured, as it is deployed: built artefacts with bytecode, and the packages that Lambda's runtime brings."""

import compileall
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution, version
from pathlib import Path
from py_compile import PycInvalidationMode
from zipfile import ZIP_DEFLATED, ZipFile

from infra.templates import ROOT

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PLACE = ROOT / ".dossier" / "benchmarks"


def build_service(name: str, place: Path = PLACE) -> Path:
    """Build a service's artefact for this machine and Python, in `place`."""
    folder = place / name
    shutil.rmtree(folder, ignore_errors=True)
    program = ROOT / "infra" / "deploy" / "packaging.py"
    command = [sys.executable, str(program), str(ROOT / "functions" / name), str(folder)]
    environment = {**os.environ, "DOSSIER_TARGET": "host", "DOSSIER_RUNTIME": PYTHON}
    subprocess.run(command, check=True, env=environment)  # noqa: S603 - our own program
    return folder


def build_reference(place: Path = PLACE) -> Path:
    """The reference as an artefact."""
    folder = place / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("reference.py"), folder)
    _compile(folder)
    return folder


def runtime_packages() -> Path:
    """Boto3 and what it needs, and no other package, as in Lambda; copied from this environment once per version."""
    folder = PLACE / f"runtime-{version('boto3')}-{version('botocore')}-{PYTHON}"
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(f".{os.getpid()}")
    for name in _closure("boto3"):
        _copy_distribution(name, unfinished)
    _compile(unfinished)
    try:
        unfinished.rename(folder)
    except OSError:  # Another process was faster.
        shutil.rmtree(unfinished)
    return folder


def zipped_mb(artefact: Path) -> float:
    """The size of the artefact's zip, in millions of bytes."""
    path = artefact.with_suffix(".zip")
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for file in sorted(artefact.rglob("*")):
            archive.write(file, file.relative_to(artefact))
    return path.stat().st_size / 1e6


def _compile(folder: Path) -> None:
    compileall.compile_dir(folder, quiet=1, stripdir=str(folder), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def _closure(name: str) -> set[str]:
    """A distribution and all that it needs without extras."""
    required = [line for line in distribution(name).requires or [] if "extra ==" not in line]
    return {name}.union(*(_closure(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in required))


def _copy_distribution(name: str, into: Path) -> None:
    for file in distribution(name).files or []:
        if ".." not in file.parts and file.suffix != ".pyc":
            copy = into / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), copy)
