"""The process that is measured: a fresh Python with an artefact and the runtime's boto3, and no site-packages.

    python -I -S -B worker.py    (a task as JSON on stdin; the findings as JSON on stdout)

A task: `measure` (cold, warm or trips), `core`, `path` (the artefact and the runtime's packages), `handler`,
`operations` ({name: {event, status}}), `discarded`, `calls`, `counts` (URL of the fake's counts).
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Task = dict[str, Any]
Handler = Callable[[dict[str, Any], None], dict[str, Any]]

# What Lambda's runtime client has imported when it comes to the function, less simplejson, which it brings along.
# https://github.com/aws/aws-lambda-python-runtime-interface-client: bootstrap.py and the modules it imports
RUNTIME_CLIENT = ("concurrent.futures.thread", "datetime", "decimal", "enum", "logging", "math", "traceback")
BATCH = 100


class WrongAnswer(Exception):
    """A function did not answer as the table of requests expects, so its figures would mean nothing."""


def load(task: Task) -> Handler:
    """Import the function."""
    module, _, name = task["handler"].rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def call(handler: Handler, name: str, operation: dict[str, Any]) -> None:
    """Send a request.

    Raises:
        WrongAnswer: the status is not the expected one.
    """
    answer = handler(operation["event"], None)
    if answer["statusCode"] != operation["status"]:
        raise WrongAnswer(f"{name} answered {answer['statusCode']} instead of {operation['status']}: {answer['body']}")


def cold(task: Task) -> dict[str, Any]:
    """Import and the first GET: milliseconds of time and of processor, and the modules that came with it."""
    before = set(sys.modules)
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    call(load(task), "get", task["operations"]["get"])
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    return {"cold_ms": wall / 1e6, "cold_cpu_ms": cpu / 1e6, "modules": sorted(set(sys.modules) - before)}


def warm(task: Task) -> dict[str, Any]:
    """Microseconds of processor that a call of each operation takes; the operations take turns, a batch each."""
    handler, operations = load(task), task["operations"]
    spent = dict.fromkeys(operations, 0)
    for name, operation in operations.items():
        for _ in range(task["discarded"]):
            call(handler, name, operation)
    for _ in range(task["calls"] // BATCH):
        for name, operation in operations.items():
            started = time.process_time_ns()
            for _ in range(BATCH):
                call(handler, name, operation)
            spent[name] += time.process_time_ns() - started
    return {"cpu_us": {name: ns / 1e3 / (task["calls"] // BATCH * BATCH) for name, ns in spent.items()}}


def trips(task: Task) -> dict[str, Any]:
    """The AWS calls that an operation makes when its like was served before."""
    handler = load(task)
    found = {}
    for name, operation in task["operations"].items():
        call(handler, name, operation)
        _calls_since(task["counts"])
        call(handler, name, operation)
        found[name] = _calls_since(task["counts"])
    return {"trips": found}


def peak_rss_mb() -> float:
    """The most memory that this process has held, from the kernel; not rusage's, which counts the parent's too."""
    line = next(
        line for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) * 1024 / 1e6


def _calls_since(url: str) -> dict[str, int]:
    from urllib.request import urlopen  # noqa: PLC0415 - not before a cold start is measured

    with urlopen(url) as answer:  # noqa: S310 - our own fake's
        counts: dict[str, int] = json.load(answer)
        return counts


if __name__ == "__main__":
    given = json.load(sys.stdin)
    os.sched_setaffinity(0, {given["core"]})
    sys.path[:0] = given["path"]
    for needed in RUNTIME_CLIENT:
        importlib.import_module(needed)
    findings = {"cold": cold, "warm": warm, "trips": trips}[given["measure"]](given)
    json.dump({**findings, "rss_mb": peak_rss_mb()}, sys.stdout)
