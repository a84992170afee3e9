"""Starts, finds and stops ministack: one process that emulates AWS, with IAM and with data that outlives it.

The data of a local cloud is in its home: the folder in DOSSIER_HOME, or `.dossier/local`.
"""

import json
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
from infra.local.machine import MAX_PORT, first_free, request
from infra.local.process import LAUNCHER, PYTHON, environment, is_ministack, responds

DEFAULT_PORT = 4566
SAVED = "saved.json"
RECOVERED = "recovered.json"
FOLDERS = ("state", "s3", "tmp")
PROBE_BYTES = 1_000_000
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
        """The address of AWS's APIs.

        Raises:
            LocalCloudError: it is not running.
        """
        if not self.running:
            raise LocalCloudError("The local cloud is not running. Start it with: make run")
        return f"http://127.0.0.1:{self._note['port']}"

    @property
    def running(self) -> bool:
        """Whether its process lives and responds."""
        return bool(self._note) and is_ministack(self._note["pid"]) and responds(self._note["port"])

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

        A process that is alive is waited for: a second one would write to the same data.

        Raises:
            LocalCloudError: it does not start, or does not answer.
        """
        if self._note and is_ministack(self._note["pid"]):
            return self._responding()
        if self.restoring.exists():
            aside = self.home / self.restoring.read_text(encoding="utf-8")
            raise LocalCloudError(f"A restore was interrupted. Run make restore FILE=… again. Data before it: {aside}")
        port = self._choose_port()
        try:
            self._prepare()
        except OSError as error:
            raise LocalCloudError(f"{self.home} cannot be written: {error}. Free space, or make it writable.") from None
        with self.log.open("wb") as log:
            process = subprocess.Popen(
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
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                last = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
                raise LocalCloudError(f"{last}\n\nThe local cloud does not start. Its whole output is in {self.log}.")
            time.sleep(0.05)
        self._report_recovery()
        return port

    def _responding(self) -> int:
        """Wait until the process that is alive responds; return its port."""
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

    def _prepare(self) -> None:
        """Create the folders, and check that there is space for state."""
        # Only for this user: the state contains customers, and keys that sign tokens.
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        shutil.rmtree(self.home / "tmp", ignore_errors=True)
        for folder in FOLDERS:
            (self.home / folder).mkdir(exist_ok=True)
        for note in (self.home / SAVED, self.home / RECOVERED):
            note.unlink(missing_ok=True)
        probe = self.home / "state" / "probe.new"
        try:
            probe.write_bytes(bytes(PROBE_BYTES))
        finally:
            probe.unlink(missing_ok=True)

    def _report_recovery(self) -> None:
        """Print what was restored, unless the last stop was orderly."""
        try:
            recovered = json.loads((self.home / RECOVERED).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        for folder in recovered["set_aside"]:
            print(f"  A saved state cannot be read. It is kept as {folder}.", file=sys.stderr)
        if recovered["set_aside"] or not recovered["clean"]:
            print(f"  Recovered the data saved at {recovered['saved_at']}.", file=sys.stderr)

    def stop(self) -> bool:
        """Stop it in order, so that it saves its state; return False if it was not running.

        Raises:
            LocalCloudError: it had to be killed, or its last changes could not be saved.
        """
        if not self._note or not is_ministack(self._note["pid"]):
            return False
        pid = self._note["pid"]
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while is_ministack(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                raise LocalCloudError(
                    f"The local cloud did not stop within {STOP_SECONDS} s, so it was killed. "
                    f"The data that was saved last, at {self._last_save().get('at')}, is kept."
                )
            time.sleep(0.05)
        shutil.rmtree(self.home / "tmp", ignore_errors=True)
        save = self._last_save()
        if save.get("error") or not save.get("clean"):
            cause = save.get("error") or f"see {self.log}"
            raise LocalCloudError(
                f"Stopped, but the last changes could not be saved: {cause}. What was saved before is kept."
            )
        return True

    def save(self) -> Path:
        """Save now; return the folder of the generation that contains the data.

        Raises:
            LocalCloudError: it is not running, or the data could not be saved.
        """
        outcome = self._command("save")
        if outcome["error"]:
            raise LocalCloudError(
                f"The local cloud cannot save its data: {outcome['error']}. What was saved before is kept. "
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

    def _last_save(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.home / SAVED).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def reset(self) -> None:
        """Stop it and delete its data."""
        self.stop()
        # Not the whole home: DOSSIER_HOME may be a folder with other files.
        for pattern in (*FOLDERS, "replaced-*", "restore.new"):
            for folder in self.home.glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)
        self.restoring.unlink(missing_ok=True)
        self._note_file.unlink(missing_ok=True)

    @property
    def _note_file(self) -> Path:
        return self.home / "process.json"

    @property
    def _note(self) -> dict[str, int]:
        try:
            note = json.loads(self._note_file.read_text(encoding="utf-8"))
            return {"pid": int(note["pid"]), "port": int(note["port"])}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError):
            raise LocalCloudError(
                f"{self._note_file} is damaged. End the local cloud's process, remove the file, and try again."
            ) from None

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
