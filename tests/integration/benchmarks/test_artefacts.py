"""The figures of the benchmarks that are free of noise, from built artefacts: calls, modules, sizes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.artefacts import build_reference, build_service, runtime_packages, zipped_mb
from benchmarks.measure import Bench, Subject, bench
from benchmarks.recorded import by_package, more_than_recorded, recorded
from benchmarks.services import SERVICES, deployed
from benchmarks.table import trips

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc and pins to cores")


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Subject]:
    place = tmp_path_factory.mktemp("artefacts")
    return {name: Subject.of(name, SERVICES[name](), build_service(name, place)) for name in deployed()}


@pytest.fixture(scope="module")
def place(subjects: dict[str, Subject]) -> Iterator[Bench]:
    answers = {name: subject.service.answers for name, subject in subjects.items()}
    with bench(answers, runtime_packages()) as started:
        yield started


@pytest.mark.parametrize("name", deployed())
def test_an_operation_makes_no_more_round_trips_than_its_budget(
    name: str, subjects: dict[str, Subject], place: Bench
) -> None:
    found = {operation: trips(calls) for operation, calls in place.trips(subjects[name]).items()}
    operations = subjects[name].service.operations
    assert found == {key: (operation.dynamodb, operation.kms) for key, operation in operations.items()}


@pytest.mark.parametrize("name", deployed())
def test_the_reference_reads_with_the_calls_of_the_service(
    name: str, subjects: dict[str, Subject], place: Bench, tmp_path: Path
) -> None:
    service = subjects[name].service
    reference = Subject("V0", service, name, build_reference(tmp_path), "reference.handler", service.reference)
    found = {operation: trips(calls) for operation, calls in place.trips(reference).items()}
    budget = service.operations["get"]
    assert found.pop("get") == (budget.dynamodb, budget.kms)
    # Where it creates and lists too, one call does: it keeps no address unique and has no shards.
    assert set(found.values()) <= {(1, 0)}


@pytest.mark.skipif(not recorded(), reason="no modules are recorded for this Python")
@pytest.mark.parametrize("name", deployed())
def test_a_cold_start_loads_no_module_that_is_not_recorded(
    name: str, subjects: dict[str, Subject], place: Bench
) -> None:
    modules = place.run(subjects[name], "cold", ("get",))["modules"]
    # Meant to grow? Then `python -m benchmarks --quick --record`.
    assert more_than_recorded(by_package(modules), recorded().get(name, {})) == {}


@pytest.mark.parametrize("name", deployed())
def test_an_artefact_has_bytecode_for_every_module_and_keeps_to_its_size(
    name: str, subjects: dict[str, Subject]
) -> None:
    artefact = subjects[name].artefact
    sources = {file.relative_to(artefact) for file in artefact.rglob("*.py")}
    compiled = {file.relative_to(artefact) for file in artefact.rglob("*.pyc")}
    tag = sys.implementation.cache_tag
    assert {Path(file.parent, "__pycache__", f"{file.stem}.{tag}.pyc") for file in sources} == compiled
    assert zipped_mb(artefact) <= subjects[name].service.zip_mb
