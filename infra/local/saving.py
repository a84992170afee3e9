"""Saves the state of ministack, in its process, while it runs.

State is collected on the event loop between requests, so that it contains no half request. Another thread writes it,
because functions can occupy all threads of ministack. This uses private functions of ministack: its version is pinned,
and tests/e2e/test_kill.py fails if they change.
"""

import asyncio
import copy
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ministack.app as ministack
from ministack.core import persistence
from ministack.services import cloudwatch_logs, dynamodb, lambda_svc

from infra.local.generations import Generations
from infra.local.items import EncodedItems

STATE = Path(os.environ["STATE_DIR"])
HOME = STATE.parent
INTERVAL_SECONDS = 1.0
# Times the processor time of collecting the state, which then takes at most 5 % of the time. The elapsed time would
# contain other processes: on a busy machine the interval grew to six seconds.
INTERVAL_FACTOR = 20
RETRY_SECONDS = 0.05
# Background work, such as expiry, changes state without a request.
IDLE_SECONDS = 30.0
LOG_LINES = 5000
LOGS = "cloudwatch_logs"
DYNAMODB = "dynamodb"
# Services whose state is slow to collect, and changes only by calls of their API.
STEADY = {"cloudformation", "lambda"}
# Calls that change data, not resources: requests to the gateway, DynamoDB's items, KMS.
_DATA_TARGETS = (b"DynamoDB_", b"TrentService.")

Files = dict[str, bytes]


class Saver:
    """Saves the state of this process as generations."""

    def __init__(self, generations: Generations) -> None:
        """Write to `generations`."""
        self._generations = generations
        self._stopping = asyncio.Event()
        self._lock = asyncio.Lock()
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dossier-saver")
        self._files: Files = {}
        self._items = EncodedItems(persistence._json_default)  # noqa: SLF001
        self._changes = -1
        self._pause = INTERVAL_SECONDS
        self._requests = 0
        self._resource_calls = 0

    async def run(self) -> None:
        """Save whenever there were requests, until `stop`."""
        seen, last = -1, 0.0
        while not self._stopping.is_set():
            started = time.monotonic()
            if self._requests != seen or started - last > IDLE_SECONDS:
                seen, last = self._requests, started
                await self.save()
            with suppress(asyncio.TimeoutError):
                left = max(0, started + self._pause - time.monotonic())
                await asyncio.wait_for(self._stopping.wait(), timeout=left)

    async def save(self) -> dict[str, str | None]:
        """Save now.

        Returns:
            `at`: time of the moment that was saved. `error`: why it was not saved, or null. `generation`: folder of
            the newest generation, or null.
        """
        async with self._lock:
            try:
                at, files = await self._collect_undisturbed()
                error = await asyncio.get_running_loop().run_in_executor(self._writer, self._write, at, files, False)
            except Exception as failure:  # noqa: BLE001 - otherwise the first one would end all later saves, unnoticed
                traceback.print_exc()
                at, error = now(), f"{type(failure).__name__}: {failure}"
                note("saved.json", {"at": at, "error": error, "clean": False})
        newest = self._generations.current
        return {"at": at, "error": error, "generation": str(newest.folder) if newest else None}

    async def _collect_undisturbed(self) -> tuple[str, Files]:
        while True:
            try:
                return now(), self._collect()
            except RuntimeError:  # A thread of ministack changed a dictionary while it was read.
                await asyncio.sleep(RETRY_SECONDS)

    def _collect(self) -> Files:
        started = time.thread_time()
        steady = self._changes == self._resource_calls
        kept = {f"{name}.json" for name in STEADY if steady} & set(self._files)
        files = collected(self._items, with_logs=False, without=kept) | {name: self._files[name] for name in kept}
        self._files, self._changes = files, self._resource_calls
        # All services are collected during a deployment only: that does not set the interval.
        if steady:
            self._pause = max(INTERVAL_SECONDS, INTERVAL_FACTOR * (time.thread_time() - started))
        return files

    def count(self, scope: Any) -> None:
        """Note a request: one that may change resources makes the next save collect all services."""
        path: str = scope.get("path", "")
        headers = dict(scope.get("headers", ()))
        self._requests += path != "/_ministack/health"
        gateway = path.startswith(("/_aws/execute-api/", "/oauth2/")) or b".execute-api." in headers.get(b"host", b"")
        data = gateway or headers.get(b"x-amz-target", b"").startswith(_DATA_TARGETS)
        self._resource_calls += not data

    def stop(self) -> None:
        """Let `run` end after the save that is in progress."""
        self._stopping.set()

    def finish(self, services: object) -> None:
        """Save for the last time. ministack calls this when it stops, instead of its own function."""
        del services
        items = EncodedItems(persistence._json_default)  # noqa: SLF001
        while True:
            try:
                at, files = now(), collected(items, with_logs=True)
                break
            except RuntimeError:  # As above: threads of ministack still run.
                time.sleep(RETRY_SECONDS)
        self._write(at, files, True)

    def _write(self, at: str, files: Files, clean: bool) -> str | None:  # noqa: FBT001 - an executor takes positions
        error = None
        try:
            self._generations.write(files, at, clean=clean)
            remove_old_code(self._generations.contents("lambda.json"))
            remove_flat_files()
        except OSError as failure:
            error = str(failure)
        # If this cannot be written either, its old time shows the failure.
        try:
            note("saved.json", {"at": at, "error": error, "clean": clean})
        except OSError:
            print(f"The state cannot be saved: {error}", file=sys.stderr, flush=True)
        return error


def collected(items: EncodedItems, *, with_logs: bool, without: Collection[str] = ()) -> Files:
    """Return the state of services as files, all of one moment.

    Args:
        items: encodes the tables' items.
        with_logs: whether log lines are included; log groups always are.
        without: names of files to leave out.
    """
    bound_logs()
    files = {}
    for name, get_state in ministack._build_persistence_save_dict().items():  # noqa: SLF001
        if f"{name}.json" in without:
            continue
        state = state_of(name, get_state)
        if state is None:
            continue
        if name == LOGS and not with_logs:
            groups = state["log_groups"]._data  # noqa: SLF001
            state["log_groups"]._data = {key: {**group, "streams": {}} for key, group in groups.items()}  # noqa: SLF001
        version = persistence._state_format_version(name)  # noqa: SLF001
        wrapped = {"__ministack_format__": version, "payload": state}
        if name == DYNAMODB:
            text = items.dumps(wrapped, state["tables"]._data.values())  # noqa: SLF001
        else:
            text = json.dumps(wrapped, default=persistence._json_default)  # noqa: SLF001
        files[f"{name}.json"] = text.encode()
    return files


def state_of(name: str, get_state: Callable[[], Any]) -> Any:
    """Return a service's state. Tables and logs are not copied, because the copies take most of the time."""
    module = {DYNAMODB: dynamodb, LOGS: cloudwatch_logs}.get(name)
    if module is None:
        return get_state()
    # The state is encoded before it can change.
    original, module.copy = module.copy, SimpleNamespace(deepcopy=lambda value: value)
    try:
        state = get_state()
    finally:
        module.copy = original
    # The dictionary of log groups is changed below: not ministack's own.
    return {key: copy.copy(value) for key, value in state.items()}


def bound_logs() -> None:
    """Remove all lines of each log group except the last."""
    with cloudwatch_logs._log_events_lock:  # noqa: SLF001
        for group in cloudwatch_logs._log_groups._data.values():  # noqa: SLF001
            left = LOG_LINES
            for stream in sorted(group["streams"].values(), key=_last_event, reverse=True):
                del stream["events"][: max(0, len(stream["events"]) - left)]
                left -= len(stream["events"])


def _last_event(stream: dict[str, Any]) -> int:
    events = stream["events"]
    return events[-1].get("timestamp", 0) if events else 0


def remove_old_code(states: list[bytes]) -> None:
    """Remove function code that no kept generation refers to."""
    referenced = {sha.decode() for state in states for sha in re.findall(rb'"code_blob_ref": "([0-9a-f]+)"', state)}
    for blob in Path(lambda_svc.CODE_BLOB_DIR).glob("*.zip"):
        if blob.stem not in referenced:
            blob.unlink(missing_ok=True)


def remove_flat_files() -> None:
    """Remove ministack's own files once a generation has replaced them."""
    for path in STATE.glob("*.json"):
        path.unlink(missing_ok=True)


def note(name: str, content: dict[str, Any]) -> None:
    """Write a small JSON file into the local cloud's home, in one step."""
    unfinished = HOME / f"{name}.new"
    unfinished.write_text(json.dumps(content), encoding="utf-8")
    unfinished.replace(HOME / name)


def now() -> str:
    """Return the current time, RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
