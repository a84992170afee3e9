"""Runs ministack, and saves its state while it runs: ministack itself saves only when it is stopped.

    python infra/local/launcher.py

Environment: ministack's own. Files in the home of the local cloud, which is the parent of STATE_DIR:

    state/generations/   see generations.py
    saved.json           the last attempt to save: `at`, `error` (null if it succeeded), `clean` (by an orderly stop)
    recovered.json       what this start restored: `saved_at`, `clean`, `set_aside`

State is taken on the event loop, between requests, so that no request is half in it. Saving takes at most one twentieth
of the time: with much data the interval grows. Uses private functions of ministack: its version is pinned, and
tests/e2e/test_kill.py fails where they change.
"""

import asyncio
import copy
import json
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

import ministack.app as ministack  # noqa: E402
from ministack.core import persistence  # noqa: E402
from ministack.services import cloudwatch_logs, dynamodb, lambda_svc  # noqa: E402

from infra.local.generations import Generation, Generations  # noqa: E402

STATE = Path(os.environ["STATE_DIR"])
HOME = STATE.parent
INTERVAL_SECONDS = 1.0
# Of the time that one save blocked requests: saving then takes at most 5 % of the time.
INTERVAL_FACTOR = 20
# Background work, such as expiry, changes state without a request.
IDLE_SECONDS = 30.0
# Log lines that are kept in memory and at a stop, per log group.
LOG_LINES = 5000
LOGS = "cloudwatch_logs"
# Services whose state only calls of their own API change, and whose state is slow to collect.
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
        self._files: Files = {}
        self._changes = -1
        self.requests = 0
        self.changes = 0

    async def run(self) -> None:
        """Save whenever there were requests, until `stop`."""
        seen, last = -1, 0.0
        while not self._stopping.is_set():
            started = time.monotonic()
            blocked = 0.0
            if self.requests != seen or started - last > IDLE_SECONDS:
                seen, last = self.requests, started
                try:
                    resources = self._changes != self.changes
                    at, files = now(), self._taken()
                    # Resources are collected during a deployment only: that does not set the interval.
                    blocked = 0 if resources else time.monotonic() - started
                    await asyncio.to_thread(self._write, at, files, clean=False)
                except RuntimeError:  # A dictionary changed while it was read: the next attempt gets it.
                    seen = -1
            with suppress(asyncio.TimeoutError):
                pause = max(INTERVAL_SECONDS, INTERVAL_FACTOR * blocked)
                await asyncio.wait_for(self._stopping.wait(), timeout=pause)

    def _taken(self) -> Files:
        unchanged = self._changes == self.changes
        kept = {f"{name}.json" for name in STEADY if unchanged} & set(self._files)
        files = taken(with_logs=False, without=kept) | {name: self._files[name] for name in kept}
        self._files, self._changes = files, self.changes
        return files

    def count(self, scope: Any) -> None:
        """Note a request: one that may change resources makes the next save collect all services."""
        path: str = scope.get("path", "")
        headers = dict(scope.get("headers", ()))
        self.requests += path != "/_ministack/health"
        gateway = path.startswith(("/_aws/execute-api/", "/oauth2/")) or b".execute-api." in headers.get(b"host", b"")
        self.changes += not (gateway or headers.get(b"x-amz-target", b"").startswith(_DATA_TARGETS))

    def stop(self) -> None:
        """Let `run` end after the save that is under way."""
        self._stopping.set()

    def finish(self, services: object) -> None:
        """Save for the last time; ministack calls this when it stops, in place of its own function."""
        del services
        self._write(now(), taken(with_logs=True), clean=True)

    def _write(self, at: str, files: Files, *, clean: bool) -> None:
        error = None
        try:
            self._generations.write(files, at, clean=clean)
            remove_old_code(self._generations.contents("lambda.json"))
            remove_flat_files()
        except OSError as failure:
            error = str(failure)
        # Where even this cannot be written, its old time shows it.
        try:
            note("saved.json", {"at": at, "error": error, "clean": clean})
        except OSError:
            print(f"The state cannot be saved: {error}", file=sys.stderr, flush=True)


class NoCopy:
    """Stands for the module `copy` where a state is written out before anything can change it."""

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """Return the value itself."""
        return value


def taken(*, with_logs: bool, without: Collection[str] = ()) -> Files:
    """Return the state of services as files, all of one moment.

    Args:
        with_logs: whether log lines are included; log groups always are.
        without: names of files to leave out.
    """
    bound_logs()
    files = {}
    for name, get_state in ministack._build_persistence_save_dict().items():  # noqa: SLF001
        if f"{name}.json" in without:
            continue
        state = collected(name, get_state)
        if state is None:
            continue
        if name == LOGS and not with_logs:
            groups = state["log_groups"]._data  # noqa: SLF001
            state["log_groups"]._data = {key: {**group, "streams": {}} for key, group in groups.items()}  # noqa: SLF001
        version = persistence._state_format_version(name)  # noqa: SLF001
        wrapped = {"__ministack_format__": version, "payload": state}
        files[f"{name}.json"] = json.dumps(wrapped, default=persistence._json_default).encode()  # noqa: SLF001
    return files


def collected(name: str, get_state: Callable[[], Any]) -> Any:
    """Return a service's state; without the copies that make up most of the time for tables and logs."""
    module = {"dynamodb": dynamodb, LOGS: cloudwatch_logs}.get(name)
    if module is None:
        return get_state()
    original, module.copy = module.copy, NoCopy
    try:
        state = get_state()
    finally:
        module.copy = original
    # The dictionary of log groups is changed below: not ministack's own.
    return {key: copy.copy(value) for key, value in state.items()}


def bound_logs() -> None:
    """Forget all but the last lines of each log group."""
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


def restored(generation: Generation | None) -> Callable[[str], Any]:
    """Return the function by which ministack loads a service's state."""

    def load(service: str) -> Any:
        content = generation.read(f"{service}.json") if generation else flat(service)
        if content is None:
            return None
        found = json.loads(content, object_hook=persistence._json_object_hook)  # noqa: SLF001
        payload = found["payload"] if "__ministack_format__" in found else found
        if service == "cloudformation":
            settle(payload)
        if service == "lambda":
            # The streams' records are not kept: with their positions kept, later records would be skipped.
            payload.pop("dynamodb_stream_positions", None)
        return payload

    return load


def flat(service: str) -> bytes | None:
    """Return a service's file as ministack itself writes it."""
    path = STATE / f"{service}.json"
    return path.read_bytes() if path.exists() else None


def settle(payload: dict[str, Any]) -> None:
    """End what CloudFormation was doing at the moment of the save: nobody goes on with it."""
    for stack in payload["stacks"]._data.values():  # noqa: SLF001
        status = stack["StackStatus"]
        if status.endswith("_IN_PROGRESS"):
            created = status in {"CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS"}
            stack["StackStatus"] = "CREATE_FAILED" if created else "UPDATE_ROLLBACK_COMPLETE"


def note(name: str, content: dict[str, Any]) -> None:
    """Write a small JSON file into the local cloud's home, in one step."""
    unfinished = HOME / f"{name}.new"
    unfinished.write_text(json.dumps(content), encoding="utf-8")
    unfinished.replace(HOME / name)


def now() -> str:
    """Return the current time, RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main() -> None:
    """Restore the newest generation, run ministack and save while it runs."""
    generations = Generations(STATE / "generations")
    generation, aside = generations.newest()
    if generation is None and aside:
        sys.exit(
            f"No saved state can be read. It is kept as {', '.join(map(str, aside))}. To start without it: make reset"
        )
    saved_at = generation.saved_at if generation else None
    clean = generation.clean if generation else True
    note("recovered.json", {"saved_at": saved_at, "clean": clean, "set_aside": [str(path) for path in aside]})
    saver = Saver(generations)
    serve: Callable[..., Awaitable[None]] = ministack.app
    tasks = []

    async def serving(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":

            async def sending(message: Any) -> None:
                if message["type"] == "lifespan.startup.complete":
                    tasks.append(asyncio.create_task(saver.run()))
                await send(message)

            async def receiving() -> Any:
                message = await receive()
                if message["type"] == "lifespan.shutdown":
                    saver.stop()
                    await asyncio.gather(*tasks, return_exceptions=True)
                return message

            await serve(scope, receiving, sending)
        else:
            saver.count(scope)
            await serve(scope, receive, send)

    # Generations that are kept may still refer to code that the current state does not.
    lambda_svc._prune_orphan_code_blobs = lambda referenced: None  # noqa: ARG005, SLF001
    ministack.load_state = restored(generation)
    ministack.save_all = saver.finish
    ministack.app = serving
    ministack.main()


if __name__ == "__main__":
    main()
