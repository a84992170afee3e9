"""Builds a function's artefact: its code, `functions/shared`, and a pinned closure of wheels for the target.

    python infra/deploy/packaging.py FOLDER ARTIFACTS_DIR

FOLDER contains the function's code and the requirements.txt of its imports, except boto3, which the runtime has.
Environment:

    DOSSIER_TARGET   arm64 or x86_64: Lambda's processor (default: arm64); host: this machine, for the local cloud
    DOSSIER_RUNTIME  the Python that runs it, such as 3.13 (default: 3.13, as in the templates)
    DOSSIER_INPUTS   the hash of the stack's files and parameters. It is written into the artefact, because SAM
                     publishes a version and moves the alias only when the template or the code changes

Bytecode is compiled with unchecked hashes: a zip keeps no usable timestamps, and a function without bytecode starts
160 ms later. Only the Python version that runs it can compile it. It needs only Python and pip.
"""

import compileall
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path(__file__).resolve().parents[2]
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
CACHE = ROOT / ".dossier" / "closures"

KEEP_OF_METADATA = ("METADATA", "licenses", "LICEN", "COPYING", "NOTICE")
KEEP_OF_CHALICE = {"__init__.py", "app.py", "py.typed"}
CARRIED = ("**/*.py", "openapi.json", "problems.md", "static/*", "templates/*")
PRUNED = (
    *("pydantic/v1", "pydantic/mypy.py", "bin", "**/*.pyi", "**/py.typed", "**/__pycache__"),
    # Files of Swagger UI that no page loads.
    *("**/*.map", "drf_spectacular_sidecar/static/drf_spectacular_sidecar/redoc"),
    *("**/swagger-ui-standalone-preset.js", "**/oauth2-redirect.*", "**/favicon-32x32.png"),
)


def build(folder: Path, artifacts: Path) -> None:
    """Write the artefact of the function in `folder` to `artifacts`."""
    target = os.environ.get("DOSSIER_TARGET", "arm64")
    runtime = os.environ.get("DOSSIER_RUNTIME", "3.13")
    closure = installed_closure(folder / "requirements.txt", target, runtime)
    shutil.copytree(closure, artifacts, dirs_exist_ok=True)
    package = folder.relative_to(ROOT)
    for source in (package, Path("functions/shared")):
        copy_package(source, artifacts)
    (artifacts / "inputs.txt").write_text(os.environ.get("DOSSIER_INPUTS", ""), encoding="utf-8")
    if runtime != RUNNING:
        print(
            f"{package}: no bytecode, so cold starts take 160 ms longer. Build with Python {runtime}.",
            file=sys.stderr,
        )
    elif not all(compiled(artifacts / top, artifacts) for top in {package.parts[0], "functions"}):
        sys.exit(f"{package} is not valid Python. See the error above.")


def compiled(folder: Path, root: Path) -> bool:
    """Compile the modules of a folder below `root`; return False if one is not valid Python."""
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    return bool(compileall.compile_dir(folder, quiet=1, stripdir=str(root), invalidation_mode=unchecked))


def copy_package(package: Path, artifacts: Path) -> None:
    """Copy a package, and the `__init__.py` of each package above it, to the same path in `artifacts`."""
    sources = [*carried(ROOT / package), *(ROOT / parent / "__init__.py" for parent in package.parents)]
    for source in sources:
        copy = artifacts / source.relative_to(ROOT)
        if source.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def carried(package: Path) -> list[Path]:
    """Return the files of a package that its artefact contains."""
    return sorted(source for pattern in CARRIED for source in package.glob(pattern) if source.is_file())


def installed_closure(requirements: Path, target: str, runtime: str) -> Path:
    """Return the folder of the installed requirements, which is created once for each list, target and Python."""
    made_from = (
        f"{requirements.read_text(encoding='utf-8')} {target} {runtime} {Path(__file__).read_text(encoding='utf-8')}"
    )
    closure = CACHE / hashlib.sha256(made_from.encode()).hexdigest()[:16]
    if closure.exists():
        return closure
    unfinished = closure.with_suffix(f".{os.getpid()}")
    install(requirements, unfinished, target, runtime)
    prune(unfinished)
    # Failures do not matter: a library may have a module for another Python only.
    if runtime == RUNNING:
        compiled(unfinished, unfinished)
    try:
        unfinished.rename(closure)
    except OSError:  # Another build was faster.
        shutil.rmtree(unfinished)
    return closure


def install(requirements: Path, into: Path, target: str, runtime: str) -> None:
    """Install wheels for the target. The list is complete, so nothing is resolved."""
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    command += ["--target", str(into), "--requirement", str(requirements)]
    if target != "host":
        machine = {"arm64": "aarch64", "x86_64": "x86_64"}[target]
        command += ["--platform", f"manylinux2014_{machine}", "--platform", f"manylinux_2_17_{machine}"]
        command += ["--python-version", runtime, "--implementation", "cp"]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{requirements} cannot be installed. See the error above.")


def prune(closure: Path) -> None:
    """Remove files that never run in Lambda, except licences."""
    for path in (closure / "chalice").iterdir():
        if path.name not in KEEP_OF_CHALICE:
            remove(path)
    for pattern in PRUNED:
        for path in list(closure.glob(pattern)):
            remove(path)
    for path in closure.glob("*.dist-info/*"):
        if not path.name.startswith(KEEP_OF_METADATA):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
