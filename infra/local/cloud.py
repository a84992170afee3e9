"""Starts, finds and stops ministack: one process that emulates AWS, with IAM and with data that outlives it.

The data of a local cloud is in its home: the folder in DOSSIER_HOME, or `.dossier/local`.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from infra.bootstrap import ROOT
from infra.commands import CommandFailed
from infra.local.home import clear, last_save, prepare, process, report_recovery
from infra.local.machine import MAX_PORT, first_free, request
from infra.local.process import LAUNCHER, PYTHON, environment, is_ministack, responds

DEFAULT_PORT = 4566
START_SECONDS = 30
STOP_SECONDS = 30
COMMAND_SECONDS = 60


class LocalCloudError(CommandFailed):
    """The local cloud does not do what a command needs."""


@dataclass(frozen=True)
class LocalCloud:
    """A local cloud, running or not."""

    home: Path

    @classmethod
    def here(cls) -> "LocalCloud":
        """Return the local cloud of this environment."""
        return cls(Path(os.environ.get("DOSSIER_HOME") or ROOT / ".dossier" / "local").resolve())

    @property
    def endpoint(self) -> str:
        """Return the address of the local AWS API. Waits for a process that is busy.

        Raises:
            LocalCloudError: it is not running, or does not respond.
        """
        if not self.running:
            raise LocalCloudError("The local cloud is not running. Start it with: make run")
        return f"http://127.0.0.1:{self._responding()}"

    @property
    def running(self) -> bool:
        """Whether the process that was started is alive. It may be too busy to respond."""
        return bool(self._note) and is_ministack(self._note["pid"])

    @property
    def build(self) -> Path:
        """The folder of builds for it. No other local cloud or stage uses it."""
        return ROOT / ".dossier" / "build" / self.home.name

    @property
    def log(self) -> Path:
        """The file with the output of ministack."""
        return self.home / "ministack.log"

    @property
    def restoring(self) -> Path:
        """A file that exists while a restore exchanges the data. It contains the name of the folder of the old data."""
        return self.home / "restoring"

    def start(self) -> int:
        """Start it, wait until it responds, and return its port.

        It waits for a process that lives, because a second one would write to the same data.

        Raises:
            LocalCloudError: it does not start, or does not respond.
        """
        if self.running:
            return self._responding()
        if self.restoring.exists():
            aside = self.home / self.restoring.read_text(encoding="utf-8")
            raise LocalCloudError(f"A restore was interrupted. Run make restore FILE=… again. Data before it: {aside}")
        port = self._choose_port()
        try:
            prepare(self.home)
        except OSError as error:
            raise LocalCloudError(f"{self.home} cannot be written: {error}. Free space, or make it writable.") from None
        with self.log.open("wb") as log:
            started = subprocess.Popen(
                [PYTHON, LAUNCHER],
                cwd=self.home,
                env=environment(self.home, port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not responds(port):
            if started.poll() is not None or time.monotonic() > deadline:
                started.kill()
                if self.running and self._note["pid"] != started.pid:
                    # An interrupted start had not noted its process when this one began.
                    return self._responding()
                last = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
                raise LocalCloudError(f"{last}\n\nThe local cloud does not start. Its whole output is in {self.log}.")
            time.sleep(0.05)
        report_recovery(self.home)
        return port

    def _responding(self) -> int:
        """Wait until the process that lives responds; return its port."""
        pid, port = self._note["pid"], self._note["port"]
        deadline = time.monotonic() + START_SECONDS
        while not responds(port):
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"The local cloud (process {pid}) does not respond on port {port}. "
                    "Restart it: make stop, then make run"
                )
            time.sleep(0.05)
        return port

    def stop(self) -> bool:
        """Stop it in order, so that it saves its state; return False if it was not running.

        Raises:
            LocalCloudError: it had to be killed, or its last changes could not be saved.
        """
        if not self.running:
            return False
        pid = self._note["pid"]
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while is_ministack(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                raise LocalCloudError(
                    f"The local cloud did not stop within {STOP_SECONDS} s, so it was killed. "
                    f"The data that was saved last, at {last_save(self.home).get('at')}, is kept."
                )
            time.sleep(0.05)
        shutil.rmtree(self.home / "tmp", ignore_errors=True)
        save = last_save(self.home)
        if save.get("error") or not save.get("clean"):
            cause = save.get("error") or f"see {self.log}"
            raise LocalCloudError(f"Stopped, but the last changes could not be saved: {cause}. Earlier data is kept.")
        return True

    def save(self) -> Path:
        """Save now; return the folder of the generation that contains the data.

        Raises:
            LocalCloudError: it is not running, or the data could not be saved.
        """
        outcome = self._command("save")
        if outcome["error"]:
            raise LocalCloudError(
                f"The local cloud cannot save its data: {outcome['error']}. Earlier data is kept. "
                f"Make {self.home / 'state'} writable, or free space there, and run the same command again."
            )
        return Path(outcome["generation"])

    def forget_missing(self) -> dict[str, list[str]]:
        """Let the next deployment create tables, keys and functions that no longer exist; see repair.py.

        Returns:
            Their logical ids, by name of the stack.

        Raises:
            LocalCloudError: it is not running.
        """
        missing: dict[str, list[str]] = self._command("repair")
        return missing

    def _command(self, name: str) -> Any:
        try:
            status, result = request("POST", f"{self.endpoint}/_dossier/{name}", timeout=COMMAND_SECONDS)
        except OSError as error:
            raise LocalCloudError(f"The local cloud does not respond: {error}. See {self.log}") from None
        if status != HTTPStatus.OK:
            raise LocalCloudError(
                "The local cloud was started by another version of this checkout. Restart it: make stop, then make run"
            )
        return result

    def reset(self) -> None:
        """Stop it and delete its data."""
        self.stop()
        clear(self.home)
        self.restoring.unlink(missing_ok=True)

    @property
    def _note(self) -> dict[str, int]:
        return process(self.home)

    def _choose_port(self) -> int:
        named = os.environ.get("DOSSIER_PORT") or str(self._note.get("port", DEFAULT_PORT))
        # Python refuses to convert thousands of digits.
        is_short = len(named) <= len(str(MAX_PORT))
        if not (is_short and named.isascii() and named.isdecimal() and 0 < int(named) <= MAX_PORT):
            raise LocalCloudError(f"DOSSIER_PORT is a number from 1 to {MAX_PORT}, such as {DEFAULT_PORT}.")
        wanted = int(named)
        port = first_free(wanted)
        if port is None:
            raise LocalCloudError(
                f"No port from {wanted} to {wanted + 49} is free. Name another: make run DOSSIER_PORT=…"
            )
        if port != wanted:
            print(f"Port {wanted} is taken by another program; using {port}.", file=sys.stderr)
        return port
