"""The first run, many times: how often `make run`, a request and `make stop` work in an empty checkout.

    .venv/bin/python tests/drills/first_run.py [--rounds 20] [--load 4] [--cold]

Each round copies the checkout to a temporary folder, without what earlier runs made there. The environments of the
checkout are copied, unless `--cold` installs them again in each round. `--load` processes keep the processors busy.
Prints the seconds of each round, and how many of them worked. The exit status is 1 if one failed.
"""

# ruff: noqa: T201 - it prints its results

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORT = 4950
# Made by earlier runs, or of no use to a run.
LEFT_OUT = (".dossier", ".git", ".venv", "__pycache__", ".*_cache", "backups")
ENVIRONMENTS = Path(".dossier/environments")
# Of the output of a round that failed.
LAST_LINES = 15


class RoundFailed(Exception):
    """A command failed, or the system did not respond; the message contains the last lines of the output."""


def main() -> int:
    """Run the rounds and print the result of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--load", type=int, default=0, help="processes that keep the processors busy")
    parser.add_argument("--cold", action="store_true", help="install the environments again in each round")
    arguments = parser.parse_args()
    worked = 0
    with busy(arguments.load):
        for number in range(1, arguments.rounds + 1):
            started = time.monotonic()
            try:
                with tempfile.TemporaryDirectory(prefix="first-run-") as folder:
                    play(checkout(Path(folder) / "dossier", cold=arguments.cold))
            except (RoundFailed, OSError) as failure:
                outcome = f"failed: {failure}"
            else:
                outcome = "worked"
                worked += 1
            print(f"round {number}: {outcome} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"{worked} of {arguments.rounds} worked")
    return int(worked < arguments.rounds)


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep processors busy with `count` processes."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def checkout(folder: Path, *, cold: bool) -> Path:
    """Copy this checkout as a clone would be; return its folder."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    if not cold:
        (folder / ENVIRONMENTS).parent.mkdir()
        shutil.copytree(ROOT / ENVIRONMENTS, folder / ENVIRONMENTS, symlinks=True)
        mark_current(folder)
    return folder


def mark_current(folder: Path) -> None:
    """Make the copied environments those of the copy: their mark contains the place."""
    code = (
        "from infra import bootstrap as b\n"
        "for name, (place, _, _) in b.ENVIRONMENTS.items():\n"
        "    if (place / 'complete').exists():\n"
        "        (place / 'complete').write_text(b.fingerprint(name), encoding='utf-8')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)


def play(folder: Path) -> None:
    """Start the system, send a request, and stop it.

    Raises:
        RoundFailed: one of them failed.
    """
    try:
        make(folder, "run")
        url = make(folder, "url").strip()
        with urllib.request.urlopen(f"{url}/health", timeout=20) as answer:  # noqa: S310 - our own gateway
            answer.read()
    finally:
        make(folder, "stop")


def make(folder: Path, target: str) -> str:
    """Run a target of the Makefile; return what it printed on stdout."""
    # Not the home of the caller's own local cloud.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DOSSIER_", "MAKE"))}
    done = subprocess.run(
        ["make", target],
        cwd=folder,
        env={**environment, "DOSSIER_PORT": str(PORT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
        raise RoundFailed(f"make {target}: exit {done.returncode}\n{last}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
