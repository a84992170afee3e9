"""Runs ministack and saves its state all the time. Without this, ministack saves only when it stops.

    python infra/local/launcher.py

Environment: ministack's own. Files in the home of the local cloud, which is the parent of STATE_DIR:

    state/generations/   see generations.py
    data.lock            locked by this process: two would overwrite each other's data
    process.json         `pid` and `port` of this process
    saved.json           the last attempt to save: `at`, `error` (null if it succeeded), `clean` (by an orderly stop)
    recovered.json       what this start restored: `saved_at`, `clean`, `set_aside`

Requests of the commands on this machine, next to AWS's API:

    POST /_dossier/save     saves now; see `Saver.save`
    POST /_dossier/repair   see repair.py
"""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TextIO

sys.path[0] = str(Path(__file__).resolve().parents[2])

import ministack.app as ministack  # noqa: E402
from ministack.core import persistence  # noqa: E402
from ministack.services import lambda_svc  # noqa: E402

from infra.local import workers  # noqa: E402
from infra.local.generations import Generation, Generations  # noqa: E402
from infra.local.repair import forget_missing  # noqa: E402
from infra.local.saving import HOME, STATE, Saver, note  # noqa: E402


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
    """End the changes of CloudFormation that were in progress when the state was saved."""
    for stack in payload["stacks"]._data.values():  # noqa: SLF001
        status = stack["StackStatus"]
        if status.endswith("_IN_PROGRESS"):
            created = status in {"CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS"}
            stack["StackStatus"] = "CREATE_FAILED" if created else "UPDATE_ROLLBACK_COMPLETE"


async def respond(send: Any, content: Any) -> None:
    """Send a JSON response."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})


def take_data() -> TextIO:
    """Return the lock of the data, which this process holds as long as it is open."""
    lock = (HOME / "data.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"Another process uses the data in {HOME}. Run the same command again, or end that process.")
    return lock


def main() -> None:
    """Restore the newest generation, run ministack and save while it runs."""
    lock = take_data()
    note("process.json", {"pid": os.getpid(), "port": int(os.environ["GATEWAY_PORT"])})
    generations = Generations(STATE / "generations")
    generation, aside = generations.newest()
    if generation is None and (unreadable := generations.unreadable()):
        sys.exit(
            f"No saved state can be read. It is kept as {', '.join(map(str, unreadable))}. Copy it if you need it. "
            "Then restore a backup with make restore FILE=…, or start without data after make reset"
        )
    saved_at = generation.saved_at if generation else None
    clean = generation.clean if generation else True
    note("recovered.json", {"saved_at": saved_at, "clean": clean, "set_aside": [str(path) for path in aside]})
    saver = Saver(generations)
    serve: Callable[..., Awaitable[None]] = ministack.app
    tasks = []

    async def repair() -> dict[str, list[str]]:
        return forget_missing()

    commands: dict[str, Callable[[], Awaitable[Any]]] = {"/_dossier/save": saver.save, "/_dossier/repair": repair}

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
        elif scope["type"] == "http" and scope["path"] in commands:
            await respond(send, await commands[scope["path"]]())
        else:
            saver.count(scope)
            await serve(scope, receive, send)

    # After each of its many system calls, the thread that writes waits this long for the interpreter.
    sys.setswitchinterval(0.001)
    # Kept generations may refer to code that the current state lacks.
    lambda_svc._prune_orphan_code_blobs = lambda referenced: None  # noqa: ARG005, SLF001
    workers.apply(HOME / "tmp")
    ministack.load_state = restored(generation)
    ministack.save_all = saver.finish
    ministack.app = serving
    with lock:
        ministack.main()


if __name__ == "__main__":
    main()
