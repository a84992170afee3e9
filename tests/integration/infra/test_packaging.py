"""The parts of a build that need no package index."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from infra.deploy.packaging import copy_package, install, prune, remove
from infra.templates import ROOT

# As installed by pip from the wheels of the closures; True for what stays.
INSTALLED = {
    "chalice/__init__.py": True,
    "chalice/app.py": True,
    "chalice/cli/__init__.py": False,
    "chalice/deploy/packager.py": False,
    "chalice/templates/0000-rest-api/app.py": False,
    "chalice/local.py": False,
    "chalice-1.34.0.dist-info/METADATA": True,
    "chalice-1.34.0.dist-info/RECORD": False,
    "chalice-1.34.0.dist-info/WHEEL": False,
    "chalice-1.34.0.dist-info/entry_points.txt": False,
    "chalice-1.34.0.dist-info/licenses/LICENSE": True,
    "pydantic/__init__.py": True,
    "pydantic/main.py": True,
    "pydantic/mypy.py": False,
    "pydantic/py.typed": False,
    "pydantic/v1/__init__.py": False,
    "pydantic/v1/main.py": False,
    "pydantic/_internal/_fields.py": True,
    "pydantic/_internal/__pycache__/_fields.cpython-311.pyc": False,
    "pydantic_core/_pydantic_core.cpython-313-aarch64-linux-gnu.so": True,
    "pydantic_core/_pydantic_core.pyi": False,
    "bin/chalice": False,
    "typing_extensions.py": True,
    "__pycache__/typing_extensions.cpython-311.pyc": False,
}


def tree(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def made(folder: Path, files: dict[str, bool]) -> Path:
    """A folder with these files."""
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return folder


def test_pruning_leaves_what_runs_and_its_metadata(tmp_path: Path) -> None:
    closure = made(tmp_path, INSTALLED)
    prune(closure)
    assert tree(closure) == {name for name, stays in INSTALLED.items() if stays}
    assert not (closure / "bin").exists()
    assert not (closure / "pydantic" / "v1").exists()


def test_pruning_twice_changes_nothing_more(tmp_path: Path) -> None:
    closure = made(tmp_path, INSTALLED)
    prune(closure)
    once = tree(closure)
    prune(closure)
    assert tree(closure) == once


@pytest.mark.parametrize(
    "licence",
    # Where wheels have their licence: PEP 639's folder, and beside METADATA before it, as itsdangerous 2.2.0 has it.
    ["licenses/LICENSE.txt", "LICENSE.txt", "LICENSE", "COPYING", "NOTICE"],
)
def test_licences_stay_wherever_a_wheel_has_them(tmp_path: Path, licence: str) -> None:
    name = f"itsdangerous-2.2.0.dist-info/{licence}"
    closure = made(tmp_path, {"chalice/app.py": True, name: True})
    prune(closure)
    assert name in tree(closure)


def test_a_file_or_a_folder_is_removed_and_what_is_gone_already_is_fine(tmp_path: Path) -> None:
    made(tmp_path, {"a/b/c": False, "d": False})
    for name in ("a", "d", "d", "nothing"):
        remove(tmp_path / name)
    assert tree(tmp_path) == set()


def test_a_package_is_copied_to_its_path_with_the_packages_above_it(tmp_path: Path) -> None:
    copy_package(Path("functions/customer"), tmp_path)
    carried = {path.relative_to(ROOT).as_posix() for path in (ROOT / "functions" / "customer").rglob("*.py")}
    assert {"functions/customer/app.py", "functions/customer/__init__.py"} <= carried
    carried.add("functions/customer/openapi.json")
    assert tree(tmp_path) == carried | {"functions/__init__.py"}
    for name in carried:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


def test_packages_are_copied_side_by_side(tmp_path: Path) -> None:
    copy_package(Path("gateway_config/registry"), tmp_path)
    copy_package(Path("functions/shared"), tmp_path)
    copied = tree(tmp_path)
    assert {
        "gateway_config/__init__.py",
        "gateway_config/registry/app.py",
        "functions/shared/requests/service.py",
    } <= copied
    # What it runs and shows, and nothing else: no template, no requirements, no bytecode, and no other service.
    shown = ("/openapi.json", "/problems.md")
    assert all(name.endswith((".py", *shown)) or "/static/" in name or "/templates/" in name for name in copied)
    assert not [name for name in copied if name.startswith("functions/customer")]


def wheel(folder: Path) -> Path:
    """A wheel of one module."""
    path = folder / "demo-1.0-py3-none-any.whl"
    files = {
        "demo.py": "ANSWER = 42\n",
        "demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: missing\n",
        "demo-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, "demo-1.0.dist-info/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, "demo-1.0.dist-info/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("target", ["arm64", "host"])
def test_a_pinned_wheel_is_installed_alone_and_uncompiled(
    tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    path = wheel(tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"demo @ {path.as_uri()} --hash=sha256:{digest}\n", encoding="utf-8")
    install(requirements, tmp_path / "closure", target, "3.13")
    modules = {name for name in tree(tmp_path / "closure") if ".dist-info" not in name}
    assert modules == {"demo.py"}


def test_a_wheel_with_another_hash_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"demo @ {wheel(tmp_path).as_uri()} --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        install(requirements, tmp_path / "closure", "arm64", "3.13")
    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err
    assert not (tmp_path / "closure" / "demo.py").exists()
