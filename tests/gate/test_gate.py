"""The gate finds nothing in the templates, and every fault that is put into a copy of one."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.templates import load
from tests.gate import event_faults, faults, release_faults
from tests.gate.fault import Fault

FAULTS = [*faults.FAULTS, *release_faults.FAULTS, *event_faults.FAULTS]

GATE = ENVIRONMENTS["gate"][0]
pytestmark = pytest.mark.skipif(not (GATE / "complete").exists(), reason="the gate is not installed: make gate")

Findings = dict[str, list[dict[str, Any]]]


def findings(*arguments: str | Path) -> Findings:
    """What the gate finds, by the path of the template."""
    command = [GATE / "bin" / "python", "-m", "infra.deploy.gate", "--json", *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert run.stderr == ""
    found: Findings = {}
    for line in run.stdout.splitlines():
        finding = json.loads(line)
        found.setdefault(finding["template"], []).append(finding)
    assert run.returncode == int(bool(found))
    return found


@pytest.fixture(scope="module")
def injected(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fault], list[dict[str, Any]]]:
    """What the gate finds in a template with a fault; one process checks all of a setting."""
    folder = tmp_path_factory.mktemp("faults")
    paths: dict[str, Path] = {}
    settings: dict[str, list[Path]] = {}
    for number, fault in enumerate(FAULTS):
        template = copy.deepcopy(load(ROOT / fault.folder / "template.yaml"))
        fault.inject(template)
        paths[fault.name] = folder / f"{number}.yaml"
        paths[fault.name].write_text(json.dumps(template), encoding="utf-8")
        settings.setdefault(fault.setting, []).append(paths[fault.name])
    found: Findings = {}
    for setting, templates in settings.items():
        found |= findings("--setting", setting, *templates)
    return lambda fault: found.get(str(paths[fault.name]), [])


def test_the_templates_pass() -> None:
    assert findings() == {}


def test_there_are_at_least_25_different_faults() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 25


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_with_its_resource_and_property(
    injected: Callable[[Fault], list[dict[str, Any]]], fault: Fault
) -> None:
    found = injected(fault)
    assert [one for one in found if fault.resource in one["resource"] and fault.place in one["place"]], found
