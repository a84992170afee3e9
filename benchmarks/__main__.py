"""`python -m benchmarks [--quick] [--record] [SERVICE…]`: tables on stdout, progress on stderr."""

import argparse
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks import credit_request_units
from benchmarks.artefacts import build_reference, build_service, runtime_packages, zipped_mb
from benchmarks.measure import Bench, Subject, WorkerFailed, bench
from benchmarks.recorded import by_package, record
from benchmarks.services import SERVICES, Service, deployed
from benchmarks.table import Measured, figures, round_trips

Pairs = dict[str, tuple[Subject, Subject]]


def main(arguments: list[str]) -> int:
    """Measure and print; a figure never fails, a service that answers wrongly does."""
    options = _parser().parse_args(arguments)
    if not sys.platform.startswith("linux"):
        say("The benchmarks pin processes to cores and read /proc, so they need Linux.")
        return 1
    # The Customer Service is always measured, as its reference is V0 itself: one call.
    names = dict.fromkeys(["customer", *(options.services or deployed())])
    services = {name: SERVICES[name]() for name in names}
    say(f"building {', '.join(services)}")
    pairs = _pairs(services)
    with bench({name: service.answers for name, service in services.items()}, runtime_packages()) as place:
        try:
            found = {own.name: place.trips(own) for _, own in pairs.values()}
            measured = _measure(place, pairs, quick=options.quick)
        except WorkerFailed as failure:
            say(str(failure))
            return 1
    if options.record:
        record({one.subject.name: by_package(one.cold[0]["modules"]) for one in measured if one.reference})
    operations = {
        f"{name}: {key}": one for name, service in services.items() for key, one in service.operations.items()
    }
    sys.stdout.write(f"{_header()}\n\n{figures(measured)}\n\n{round_trips(found, operations)}\n")
    if "credit" in services and not options.quick:
        sys.stdout.write(f"\n{credit_request_units.table()}\n")
    return 0


def say(text: str) -> None:
    """Report progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the services beside V0.")
    parser.add_argument("services", nargs="*", type=_known, metavar="SERVICE", help="default: every one")
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it runs; no figures to quote")
    parser.add_argument("--record", action="store_true", help="make the modules that were loaded the record")
    return parser


def _known(name: str) -> str:
    if name not in SERVICES:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(SERVICES)}")
    return name


def _pairs(services: dict[str, Service]) -> Pairs:
    """For each service a reference that makes its calls, and itself."""
    reference = build_reference()
    return {name: (_reference(name, service, reference), _own(name, service)) for name, service in services.items()}


def _reference(name: str, service: Service, artefact: Path) -> Subject:
    label = "V0" if name == "customer" else f"V0 with the calls of {name}"
    return Subject(label, service, name, artefact, "reference.handler", service.reference)


def _own(name: str, service: Service) -> Subject:
    return Subject.of(name, service, build_service(name))


def _measure(place: Bench, pairs: Pairs, *, quick: bool) -> list[Measured]:
    every = [subject for pair in pairs.values() for subject in pair]
    cold = place.cold(every, 3 if quick else 15, say)
    warm = place.warm(every, 1 if quick else 5, 300 if quick else 1500, say)
    measured = []
    for reference, own in pairs.values():
        beside = Measured(reference, cold[reference.name], warm[reference.name], zipped_mb(reference.artefact))
        measured += [beside, Measured(own, cold[own.name], warm[own.name], zipped_mb(own.artefact), beside)]
    return measured


def _header() -> str:
    versions = f"Python {platform.python_version()}, boto3 {version('boto3')}, botocore {version('botocore')}"
    return f"{versions}. V0: a raw handler that makes the same AWS calls through botocore. Medians of rounds."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
