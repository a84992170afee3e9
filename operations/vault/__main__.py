"""Commands that maintain the vault. You can interrupt each of them and run it again.

    python -m operations.vault rotate-index --to 2 [--stage dev]   change the key of the blind index without a pause
    python -m operations.vault re-encrypt                          encrypt numbers of an older format in the current one
    python -m operations.vault verify-audit [--customer cus_…]     verify audit chains; exit 1 if one is not complete
    python -m operations.vault expire-justifications               delete keys of justifications after their retention
    python -m operations.vault after-restore                       update a data table that was restored from a backup

The jobs run under the stack's maintenance role, which the caller must be allowed to assume. The settings of the stack
are changed with the caller's own permissions.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Protocol
from uuid import uuid4

import boto3

from functions.shared.plain import log
from functions.ssn.audit import Requester
from functions.ssn.errors import SsnNotFound
from infra.commands import CommandFailed, exit_code
from infra.deploy.clients import user_pool_id
from infra.deploy.cloudformation import output
from infra.deploy.deployment import deploy
from infra.deploy.faults import explained
from infra.deploy.settings import LOCAL
from infra.deploy.stacks import Stack
from infra.stages import deployer, stacks_of
from operations.vault.jobs import Maintenance
from operations.vault.role import CLIENT, assumed, operator, under
from operations.vault.walk import Progress

SERVICE = "ssn"
COMMANDS = ("rotate-index", "re-encrypt", "verify-audit", "expire-justifications", "after-restore")
VERSIONS = "IndexVersions"
# Longest duration of a request that started before a setting was changed.
SETTLE_SECONDS = 11.0
AGAIN = "Run the command again to continue."


class NotDone(CommandFailed):
    """A job that is incomplete."""


def main() -> int:
    """Run the command of the first argument and return its exit code."""
    parser = argparse.ArgumentParser(prog="operations.vault", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--stage", default=LOCAL)
    parser.add_argument("--to", type=int, choices=(1, 2), default=2, help="rotate-index: the key version to change to")
    parser.add_argument("--customer", default="", help="verify-audit: check the chain of one customer only")
    parser.add_argument(
        "--settle",
        type=float,
        default=SETTLE_SECONDS,
        help="rotate-index: seconds to wait after each change of the setting",
    )
    arguments = parser.parse_args()
    log.configure()  # Also keeps data keys out of botocore's log.
    return exit_code(explained(arguments.stage, AGAIN)(partial(run, arguments)), AGAIN)


def run(arguments: argparse.Namespace) -> None:
    """Run a command.

    Raises:
        NotDone: the job is incomplete.
    """
    _, services = stacks_of(arguments.stage)
    user_pool_id(arguments.stage)  # Fails if nothing is deployed.
    [stack] = [stack for stack in services if stack.name == SERVICE]
    # Two rotations to different versions would undo each other. Verifying changes nothing.
    reads = arguments.command == "verify-audit"
    with nullcontext() if reads else deployer(stack.stage).alone(".vault"):
        work = maintenance(stack)
        match arguments.command:
            case "rotate-index":
                rotate_index(LiveIndex(stack, arguments.settle), work, arguments.to)
            case "re-encrypt":
                through(work.reseal(), "re-encrypted")
            case "expire-justifications":
                through(work.expire_justifications(), "deleted")
            case "after-restore":
                through(work.after_restore(), "repaired")
            case "verify-audit" if arguments.customer:
                verify(work, arguments.customer)
            case _:
                through(work.verify_all(), "chains complete", "not complete")


def verify(work: Maintenance, customer_id: str) -> None:
    """Print that a customer's chain is complete.

    Raises:
        NotDone: it is not complete, or the vault has no data about the customer.
    """
    try:
        if not work.verify(customer_id):
            raise NotDone("The chain is not complete.")
    except SsnNotFound:
        raise NotDone(f"The vault has no data about {customer_id}.") from None
    print("The chain is complete.")


class Index(Protocol):
    """Versions of the blind index that the service uses."""

    def versions(self) -> list[int]:
        """Return the versions of the live function, the complete one first."""

    def use(self, wanted: list[int]) -> None:
        """Make the service use these versions, and wait until no request uses others."""


def rotate_index(index: Index, work: Maintenance, to: int) -> None:
    """Start or continue a rotation: write both versions, add missing marks, switch, remove the old marks.

    Raises:
        NotDone: a number may have no new mark, so the service still uses both versions; or one still has its old mark.
    """
    first = index.versions()[0]
    if first != to:
        index.use([first, to])
        through(work.mark(to), f"marked in version {to}")
        # The first pass may have continued an earlier run. This one starts from the beginning.
        if through(work.mark(to), f"marked in version {to} in the second pass").done:
            raise NotDone("The second pass found numbers without a mark. Run the command again.")
        if index.versions() != [first, to]:
            raise NotDone("Another process changed the index versions. Run the command again.")
    index.use([to])
    for old in {1, 2} - {to}:
        through(work.unmark(old), f"unmarked in version {old}")


class LiveIndex:
    """Setting of a deployed stack."""

    def __init__(self, stack: Stack, settle: float, pause: Callable[[float], None] = time.sleep) -> None:
        """Deploy `stack` for each change, then `pause` for `settle` seconds."""
        self._stack = stack
        self._settle = settle
        self._pause = pause

    def versions(self) -> list[int]:
        """Return the versions of the live function, the complete one first."""
        return [int(version) for version in settings(self._stack)["INDEX_VERSIONS"].split(",")]

    def use(self, wanted: list[int]) -> None:
        """Make the service use these versions, and wait until no request uses others.

        It also waits without a change, because an earlier run may have been interrupted before it waited.

        Raises:
            NotDone: the live function does not use the versions.
        """
        setting = ",".join(map(str, wanted))
        if self.versions() != wanted:
            # Deployed, because changing only the parameter would not publish a version of the function.
            self._stack.parameters[VERSIONS] = setting
            deploy([self._stack], deployer(self._stack.stage))
            if self.versions() != wanted:
                raise NotDone(f"The live function does not use the index versions {setting}. Run the command again.")
        print(f"  index versions {setting}; waiting {self._settle:.0f} s for running requests", file=sys.stderr)
        self._pause(self._settle)


def settings(stack: Stack) -> dict[str, str]:
    """Return the environment of the live function."""
    live = boto3.client("lambda").get_function_configuration(
        FunctionName=output(stack, "FunctionName"), Qualifier="live"
    )
    return dict(live["Environment"]["Variables"])


def through(job: Iterator[Progress], done: str, failed: str = "failed") -> Progress:
    """Run a job to its end, and print its progress.

    Raises:
        NotDone: the job failed for some customers.
    """
    progress, result, printed = Progress(), "", ""
    for progress in job:
        result = f"{progress.done} {done}, {len(progress.failed)} {failed}"
        line = f"  {progress.seen} seen, {result}"
        if line != printed:
            print(line, file=sys.stderr)
        printed = line
    if progress.failed:
        raise NotDone(f"{result}: {' '.join(progress.failed)}")
    return progress


def maintenance(stack: Stack) -> Maintenance:
    """Return the jobs on a stack, under its maintenance role. The audit names the caller of this command."""
    name = operator(boto3.client("sts").get_caller_identity()["Arn"])
    who = Requester(client_id=CLIENT, actor=name, request_id=str(uuid4()))
    return under(assumed(output(stack, "MaintenanceRoleArn"), name), settings(stack), who)


if __name__ == "__main__":
    sys.exit(main())
