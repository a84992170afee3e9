"""The home of a local cloud: its folders, and the files in which its process reports (see launcher.py)."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from infra.commands import CommandFailed

FOLDERS = ("state", "s3", "tmp")
_PROCESS = "process.json"
_SAVED = "saved.json"
_RECOVERED = "recovered.json"
_PROBE_BYTES = 1_000_000


def prepare(home: Path) -> None:
    """Create the folders, and check that there is space for state.

    Raises:
        OSError: the home cannot be written.
    """
    # Only for this user: the state contains customers, and keys that sign tokens.
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    shutil.rmtree(home / "tmp", ignore_errors=True)
    for folder in FOLDERS:
        (home / folder).mkdir(exist_ok=True)
    for report in (home / _SAVED, home / _RECOVERED):
        report.unlink(missing_ok=True)
    probe = home / "state" / "probe.new"
    try:
        probe.write_bytes(bytes(_PROBE_BYTES))
    finally:
        probe.unlink(missing_ok=True)


def clear(home: Path) -> None:
    """Delete the data and the note of the process. DOSSIER_HOME may contain other files, which stay."""
    for pattern in (*FOLDERS, "replaced-*", "restore.new"):
        for folder in home.glob(pattern):
            shutil.rmtree(folder, ignore_errors=True)
    (home / _PROCESS).unlink(missing_ok=True)


def process(home: Path) -> dict[str, int]:
    """Return `pid` and `port` of the process that was started last; nothing if there was none.

    Raises:
        CommandFailed: the file is damaged.
    """
    file = home / _PROCESS
    try:
        note = json.loads(file.read_text(encoding="utf-8"))
        return {"pid": int(note["pid"]), "port": int(note["port"])}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise CommandFailed(
            f"{file} is damaged. End the local cloud's process, remove the file, and try again."
        ) from None


def last_save(home: Path) -> dict[str, Any]:
    """Return the report of the last attempt to save; nothing if there was none."""
    try:
        return dict(json.loads((home / _SAVED).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def report_recovery(home: Path) -> None:
    """Print what was restored, unless the last stop was orderly."""
    try:
        recovered = json.loads((home / _RECOVERED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for folder in recovered["set_aside"]:
        print(f"  A saved state cannot be read. It is kept as {folder}.", file=sys.stderr)
    if recovered["set_aside"] or not recovered["clean"]:
        print(f"  Recovered the data saved at {recovered['saved_at']}.", file=sys.stderr)
