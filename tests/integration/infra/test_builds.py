"""Builds of stacks: a folder for each, which repairs itself."""

import stat
from pathlib import Path

import pytest

from infra.bootstrap import ROOT
from infra.deploy import sam
from infra.deploy.sam import Deployer
from infra.deploy.stacks import DeploymentFailed, Stack
from infra.local import cloud, system
from infra.local.__main__ import stop
from infra.local.cloud import LocalCloud

# Stands in for SAM CLI: it keeps a build.toml in the parent of its build folder, and fails on one that it cannot read.
SAM = """#!/bin/sh
while [ "$1" != --build-dir ]; do shift; done
note="$(dirname "$2")/build.toml"
echo build >> "$CALLS"
if [ -e "$REFUSE" ] || grep -qs broken "$note"; then echo "TOMLKitError"; exit 1; fi
mktemp -d >> "$CALLS.folders"
mkdir -p "$2" && echo "[function_build_definitions]" > "$note"
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of the builds, one a line."""
    program = tmp_path / "sam" / "bin" / "sam"
    program.parent.mkdir(parents=True)
    program.write_text(SAM, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sam, "ENVIRONMENTS", {"sam": (tmp_path / "sam", Path(), "")})
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("REFUSE", str(tmp_path / "refuse"))
    return tmp_path / "calls"


def stack(name: str = "customer") -> Stack:
    """A stack of this checkout."""
    return Stack(name, ROOT / "functions" / name / "template.yaml", "local", {})


def builds(calls: Path) -> int:
    """How many builds there were."""
    return len(calls.read_text(encoding="utf-8").splitlines())


def test_no_two_stacks_are_built_in_one_parent_folder(tmp_path: Path) -> None:
    gateway, services = system.stacks("http://127.0.0.1:1")
    parents = [Deployer(tmp_path).built(stack).parent for stack in [gateway, *services]]
    assert len(set(parents)) == len(parents)
    assert tmp_path not in parents


def test_the_note_of_a_build_stays_in_the_folder_of_its_stack(tmp_path: Path, calls: Path) -> None:
    Deployer(tmp_path / "build").build(stack(), None)
    assert [path.parent.name for path in tmp_path.rglob("build.toml")] == ["customer"]
    assert builds(calls) == 1


@pytest.mark.parametrize("left_behind", ["build.toml", "built/Function/half"])
def test_a_broken_build_folder_repairs_itself(tmp_path: Path, calls: Path, left_behind: str) -> None:
    own = tmp_path / "build" / "customer"
    (own / left_behind).parent.mkdir(parents=True)
    (own / left_behind).write_text("broken", encoding="utf-8")
    (own / "build.toml").write_text("broken", encoding="utf-8")
    Deployer(tmp_path / "build").build(stack(), None)
    assert builds(calls) == 2
    assert not (own / "built" / "Function").exists()


def test_a_build_that_fails_in_an_empty_folder_is_not_repeated(tmp_path: Path, calls: Path) -> None:
    (tmp_path / "refuse").touch()
    with pytest.raises(DeploymentFailed, match="TOMLKitError"):
        Deployer(tmp_path / "build").build(stack(), None)
    assert builds(calls) == 1


def test_a_build_that_fails_again_in_an_empty_folder_fails(tmp_path: Path, calls: Path) -> None:
    (tmp_path / "build" / "customer").mkdir(parents=True)
    (tmp_path / "refuse").touch()
    with pytest.raises(DeploymentFailed, match="TOMLKitError"):
        Deployer(tmp_path / "build").build(stack(), None)
    assert builds(calls) == 2


def test_a_temporary_folder_of_sam_cli_is_removed_with_what_it_left_there(tmp_path: Path, calls: Path) -> None:
    Deployer(tmp_path / "build").build(stack(), None)
    (left,) = calls.with_suffix(".folders").read_text(encoding="utf-8").split()
    assert Path(left).is_relative_to(tmp_path / "build" / "tmp")
    assert list((tmp_path / "build" / "tmp").iterdir()) == []


def test_the_temporary_folders_of_a_killed_command_are_removed_at_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "ROOT", tmp_path)
    local = LocalCloud(tmp_path / "home")
    (local.build / "tmp" / "tmp1").mkdir(parents=True)
    stop(local)
    assert not (local.build / "tmp").exists()
