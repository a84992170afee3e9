"""The parts that all commands share: failures, steps that are printed, and programs that they run."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.bootstrap import ROOT


class CommandFailed(Exception):
    """A failure that a command prints without a traceback. The message names the cause and what to do."""


class ProgramFailed(CommandFailed):
    """The exit status of a program is not 0. The message is its output."""

    def last(self, lines: int) -> str:
        """Return the last lines of the output."""
        return "\n".join(str(self).splitlines()[-lines:])


def exit_code(command: Callable[[], None], interrupted: str = "") -> int:
    """Run a command and return its exit code; print its failure, or `interrupted` if the user interrupts it."""
    try:
        command()
    except CommandFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nInterrupted. {interrupted}", file=sys.stderr)
        return 130
    return 0


def step(name: str, work: Callable[[], str]) -> None:
    """Do a part of a command, and print its result and duration."""
    started = time.monotonic()
    outcome = work()
    print(f"  {name:<20} {outcome} ({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)


def run(program: Sequence[str | Path], **variables: str) -> str:
    """Run a program in the checkout without input, with more environment variables; return its output and errors.

    Raises:
        ProgramFailed: the exit status is not 0.
    """
    done = subprocess.run(
        program,
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise ProgramFailed(done.stdout)
    return done.stdout
