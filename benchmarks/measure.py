"""Runs the workers: fresh processes, in rounds that are interleaved A B C, C B A, so that drift hits all alike."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any, Self

from benchmarks.services import Service

HERE = Path(__file__).parent
PYTHON = [sys.executable, "-I", "-S", "-B"]
# A function's environment in Lambda, without what no one reads. The credentials are none.
LAMBDA = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing" * 40,
    "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
    "LOG_LEVEL": "INFO",
    "SERVICE_VERSION": "0.1.0",
}

Finding = dict[str, Any]
Say = Callable[[str], None]


class WorkerFailed(Exception):
    """A measured process did not get through; the message is what it wrote."""


@dataclass(frozen=True)
class Subject:
    """Something that is measured.

    Attributes:
        name: in the table.
        service: whose requests it gets.
        folder: of the fake's answers.
        artefact: what Lambda would be given.
        handler: module and name of the function.
        operations: those of the service's that it knows.
    """

    name: str
    service: Service
    folder: str
    artefact: Path
    handler: str
    operations: tuple[str, ...]

    @classmethod
    def of(cls, name: str, service: Service, artefact: Path) -> Self:
        """A service, as it is deployed."""
        return cls(name, service, name, artefact, f"functions.{name}.app.handler", tuple(service.operations))


@dataclass(frozen=True)
class Bench:
    """Where measured processes run: on a core of their own, with the runtime's packages, against the fake AWS."""

    core: int
    runtime: Path
    url: str

    def run(self, subject: Subject, measure: str, operations: tuple[str, ...], **task: Any) -> Finding:
        """Run one worker.

        Raises:
            WorkerFailed: it ended with an error.
        """
        url = f"{self.url}/{subject.folder}"
        requests = {name: subject.service.operations[name] for name in operations}
        task |= {
            "measure": measure,
            "core": self.core,
            "path": [str(subject.artefact), str(self.runtime)],
            "handler": subject.handler,
            "operations": {
                name: {"event": request.event(subject.service.scope), "status": request.status}
                for name, request in requests.items()
            },
            "counts": url,
        }
        # The log goes to a file: a reader at the other end of a pipe would want a core, too.
        with TemporaryFile("w+", encoding="utf-8") as log:
            done = subprocess.run(  # noqa: S603 - our own program
                [*PYTHON, str(HERE / "worker.py")],
                input=json.dumps(task),
                env={**LAMBDA, **subject.service.environment, "AWS_ENDPOINT_URL": url},
                cwd=subject.artefact,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                check=False,
            )
            if done.returncode:
                log.seek(0)
                raise WorkerFailed(f"{subject.name}, {measure}: {log.read()[-4000:]}")
        finding: Finding = json.loads(done.stdout)
        return finding

    def cold(self, subjects: list[Subject], rounds: int, say: Say) -> dict[str, list[Finding]]:
        """Cold starts, after one that is discarded: by subject, a finding a round."""
        for subject in subjects:
            self.run(subject, "cold", ("get",))
        return self._rounds(subjects, rounds, say, "cold", lambda subject: self.run(subject, "cold", ("get",)))

    def warm(self, subjects: list[Subject], rounds: int, calls: int, say: Say) -> dict[str, list[Finding]]:
        """Calls to a warm process, after 200 that are discarded: by subject, a finding a round."""

        def run(subject: Subject) -> Finding:
            operations = tuple(name for name in ("get", "refused") if name in subject.operations)
            return self.run(subject, "warm", operations, discarded=200, calls=calls)

        return self._rounds(subjects, rounds, say, "warm", run)

    def trips(self, subject: Subject) -> dict[str, dict[str, int]]:
        """The AWS calls of each operation."""
        found: dict[str, dict[str, int]] = self.run(subject, "trips", subject.operations)["trips"]
        return found

    @staticmethod
    def _rounds(
        subjects: list[Subject], rounds: int, say: Say, what: str, run: Callable[[Subject], Finding]
    ) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {subject.name: [] for subject in subjects}
        for number in range(rounds):
            say(f"{what}: round {number + 1} of {rounds}")
            for subject in subjects if number % 2 == 0 else reversed(subjects):
                found[subject.name].append(run(subject))
        return found


@contextmanager
def bench(answers: Mapping[str, Mapping[str, Any]], runtime: Path) -> Iterator[Bench]:
    """Serve canned answers on one core and measure on another (on the same where there is only one).

    Args:
        answers: by folder and X-Amz-Target.
        runtime: the packages that Lambda's runtime brings.
    """
    cores = sorted(os.sched_getaffinity(0))
    command = [*PYTHON, str(HERE / "fake_aws.py"), str(cores[0])]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as fake:
        assert fake.stdin is not None  # noqa: S101 - for mypy: both are pipes
        assert fake.stdout is not None  # noqa: S101
        fake.stdin.write(json.dumps(answers) + "\n")
        fake.stdin.flush()
        port = int(fake.stdout.readline())
        yield Bench(cores[-1], runtime, f"http://127.0.0.1:{port}")


def middle(findings: Sequence[Finding], *keys: str) -> float:
    """The median of a figure over the rounds."""
    return median(_figure(finding, keys) for finding in findings)


def middle_ratio(findings: Sequence[Finding], others: Sequence[Finding], *keys: str) -> float:
    """The median of the ratios within a round of a figure to another subject's."""
    pairs = zip(findings, others, strict=True)
    return median(_figure(finding, keys) / _figure(other, keys) for finding, other in pairs)


def _figure(finding: Finding, keys: tuple[str, ...]) -> float:
    value: Any = finding
    for key in keys:
        value = value[key]
    return float(value)
