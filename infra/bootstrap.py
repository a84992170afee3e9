"""Creates the environments that a command needs, then runs the command.

    python infra/bootstrap.py ENVIRONMENT… [-- ARGUMENT…]

Each environment is created from a list of pins and hashes, and again when the list or the Python changes. The
arguments are passed to the first environment's Python. It needs only Python with venv, and a package index.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = {
    "dev": (ROOT / ".venv", ROOT / "requirements.txt", "tests and checks"),
    **{
        name: (ROOT / ".dossier/environments" / name, ROOT / f"infra/environments/{name}.txt", content)
        for name, content in [
            ("ministack", "the local cloud"),
            ("sam", "SAM CLI"),
            ("generators", "the generator of Python clients"),
            ("gate", "the gate of the templates"),
        ]
    },
}
LOGS = ROOT / ".dossier" / "logs"


class InstallationFailed(Exception):
    """An environment that cannot be created."""


def main(names: list[str], command: list[str]) -> int:
    """Create the environments that are missing, and run the command in this process."""
    try:
        with exclusive(ROOT / ".dossier" / "environments.lock"):
            make([name for name in names if not current(name)])
    except InstallationFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Cannot write to {ROOT / '.dossier'}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted during the installation. Run the command again to continue.", file=sys.stderr)
        return 130
    if command:
        python = str(ENVIRONMENTS[names[0]][0] / "bin" / "python")
        os.execv(python, [python, *command])  # noqa: S606 - no shell is wanted
    return 0


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file. While another process holds it, print so and wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            print(f"Waiting for another command in this folder (process {lock.read().strip()}) …", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def current(name: str) -> bool:
    """Return whether an environment is complete and corresponds to its list of pins."""
    folder, _, _ = ENVIRONMENTS[name]
    marker = folder / "complete"
    return marker.exists() and marker.read_text(encoding="utf-8") == fingerprint(name)


def fingerprint(name: str) -> str:
    """Return a hash of the list of pins, this Python and the folder, whose path is in the scripts."""
    folder, pins, _ = ENVIRONMENTS[name]
    made_from = f"{pins.read_text(encoding='utf-8')} {sys.version} {os.path.realpath(sys.executable)} {folder}"
    return hashlib.sha256(made_from.encode()).hexdigest()


def make(names: list[str]) -> None:
    """Create environments at the same time.

    Raises:
        InstallationFailed: an environment cannot be created; the message contains pip's last output.
    """
    if not names:
        return
    started = time.monotonic()
    what = ", ".join(ENVIRONMENTS[name][2] for name in names)
    print(f"Installing {what}. This takes one to three minutes …", file=sys.stderr, flush=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    running = {name: subprocess.Popen(script(name), shell=True) for name in names}  # noqa: S602 - our own script
    failed = [name for name, process in running.items() if process.wait() != 0]
    if failed:
        tails = "\n".join(f"--- {LOGS / f'install-{name}.log'}\n{tail(name)}" for name in failed)
        raise InstallationFailed(
            f"{tails}\n\nCould not install {', '.join(ENVIRONMENTS[name][2] for name in failed)}. "
            "The installation needs Python's venv module (package python3-venv on Debian) and a Python package index. "
            "Check the network and pip's configuration, then run the command again."
        )
    for name in names:
        (ENVIRONMENTS[name][0] / "complete").write_text(fingerprint(name), encoding="utf-8")
    print(f"Installed in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


def script(name: str) -> str:
    """Return the shell commands that create an environment, after removing the old one."""
    folder, pins, _ = ENVIRONMENTS[name]
    shutil.rmtree(folder, ignore_errors=True)
    pip = f"'{folder}/bin/python' -m pip install -q --disable-pip-version-check --no-input --retries 2"
    install = f"{pip} --no-deps --require-hashes -r '{pins}'"
    return f"{{ '{sys.executable}' -m venv '{folder}' && {install}; }} > '{LOGS}/install-{name}.log' 2>&1"


def tail(name: str) -> str:
    """Return the last lines of an installation's log."""
    return "\n".join((LOGS / f"install-{name}.log").read_text(encoding="utf-8").splitlines()[-8:])


if __name__ == "__main__":
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    sys.exit(main(words[:split], words[split + 1 :]))
