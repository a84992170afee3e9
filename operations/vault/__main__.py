"""The vault's maintenance commands; each can be interrupted, and run again.

    python -m operations.vault rotate-index --to 2 [--stage dev]   a new key for the blind index, without a pause
    python -m operations.vault re-encrypt                          seal what is in an older format anew
    python -m operations.vault verify-audit [--customer cus_…]     whether chains are whole; exit 1 if one is not
    python -m operations.vault after-restore                       once the data table was restored from a backup

The jobs run under the stack's maintenance role, which the caller must be allowed to assume; the settings of the stack
are changed with the caller's own rights.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from hashlib import sha256
from typing import Protocol, cast
from uuid import uuid4

import boto3
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.session import Session

from functions.shared import log
from functions.shared.aws import CLIENT_CONFIG, Attempting, Kms
from functions.shared.caller import caller
from functions.shared.problems import MalformedHeader
from functions.ssn.audit import Chain, Requester, chain_key
from functions.ssn.blind_index import BlindIndex
from functions.ssn.errors import SsnNotFound
from functions.ssn.numbers import id_holds_ssn
from functions.ssn.store import SsnStore
from functions.ssn.tables import Tables
from functions.ssn.vault import SealedField, Vault
from infra.__main__ import build_folder, stacks_of
from infra.clients import ClientFailed, user_pool_id
from infra.deploy import LOCAL, deploy
from infra.faults import REFUSED, fault
from infra.local.cloud import LocalCloudError
from infra.stacks import DeploymentFailed, Stack, alone, output
from infra.templates import TemplateBroken
from operations.vault.jobs import Maintenance
from operations.vault.walk import Progress, ScanningDynamoDB

SERVICE = "ssn"
VERSIONS = "IndexVersions"
# As long as a request can take that began before a setting was changed.
SETTLE_SECONDS = 11.0
CLIENT = "maintenance"


class NotDone(Exception):
    """A job left something undone; the message says what."""


def main() -> int:
    """Do what the first argument says."""
    parser = argparse.ArgumentParser(prog="operations.vault", description=__doc__)
    parser.add_argument("command", choices=("rotate-index", "re-encrypt", "verify-audit", "after-restore"))
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
    try:
        run(arguments)
    except (NotDone, ClientFailed, DeploymentFailed, LocalCloudError, TemplateBroken) as failure:
        print(failure, file=sys.stderr)
        return 1
    except REFUSED as error:
        print(f"{fault(error, arguments.stage)}\nRun the command again to continue.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the command again to continue.", file=sys.stderr)
        return 130
    return 0


def run(arguments: argparse.Namespace) -> None:
    """Do what a command says.

    Raises:
        NotDone: something is left.
    """
    _, services = stacks_of(arguments.stage)
    user_pool_id(arguments.stage)  # Says so where nothing is deployed.
    [stack] = [stack for stack in services if stack.name == SERVICE]
    # Two rotations to different versions would undo each other's work; verifying changes nothing.
    reads = arguments.command == "verify-audit"
    with nullcontext() if reads else alone(build_folder(stack.stage), ".vault"):
        work = maintenance(stack)
        match arguments.command:
            case "rotate-index":
                rotate_index(LiveIndex(stack, arguments.settle), work, arguments.to)
            case "re-encrypt":
                through(work.reseal(), "re-encrypted")
            case "after-restore":
                through(work.after_restore(), "repaired")
            case "verify-audit" if arguments.customer:
                verify(work, arguments.customer)
            case _:
                through(work.verify_all(), "chains complete", "not complete")


def verify(work: Maintenance, customer_id: str) -> None:
    """Say that a customer's chain is whole.

    Raises:
        NotDone: it is not, or there is none.
    """
    try:
        if not work.verify(customer_id):
            raise NotDone("The chain is not complete.")
    except SsnNotFound:
        raise NotDone(f"The vault has no data about {customer_id}.") from None
    print("The chain is complete.")


class Index(Protocol):
    """Which versions of the blind index the service uses."""

    def versions(self) -> list[int]:
        """Those of the live function, the complete one first."""

    def use(self, wanted: list[int]) -> None:
        """Make the service use these, and wait until no request uses others, whoever set them and when."""


def rotate_index(index: Index, work: Maintenance, to: int) -> None:
    """Go on with a rotation from wherever it is: write both versions, fill in, switch, remove the old one.

    Raises:
        NotDone: a number may be without its mark, so the service goes on with both versions; or one kept its old mark.
    """
    first = index.versions()[0]
    if first != to:
        index.use([first, to])
        through(work.mark(to), f"marked in version {to}")
        # The pass may have begun in the middle, on the word of a run before; this one goes through all.
        if through(work.mark(to), f"marked in version {to} in the second pass").done:
            raise NotDone("Numbers without a mark were found after all had got theirs. Run the command again.")
        if index.versions() != [first, to]:
            raise NotDone("Another process changed the index versions. Run the command again.")
    index.use([to])
    for old in {1, 2} - {to}:
        through(work.unmark(old), f"unmarked in version {old}")


class LiveIndex:
    """The setting of a deployed stack."""

    def __init__(self, stack: Stack, settle: float, pause: Callable[[float], None] = time.sleep) -> None:
        """Deploy `stack`, and `pause` for `settle` seconds then."""
        self._stack = stack
        self._settle = settle
        self._pause = pause

    def versions(self) -> list[int]:
        """The versions of the index that the live function uses, the complete one first."""
        return [int(version) for version in settings(self._stack)["INDEX_VERSIONS"].split(",")]

    def use(self, wanted: list[int]) -> None:
        """Make the service use these versions of the index, and wait until no request uses others.

        It waits also where nothing is to change: a run before this one may have ended before it had waited.

        Raises:
            NotDone: the live function has not taken it over.
        """
        setting = ",".join(map(str, wanted))
        if self.versions() != wanted:
            # A deployment, and no change of a parameter alone, which would publish no version of the function.
            self._stack.parameters[VERSIONS] = setting
            deploy([self._stack], build_folder(self._stack.stage))
            if self.versions() != wanted:
                raise NotDone(f"The live function does not use the index versions {setting}. Run the command again.")
        print(f"  index versions {setting}; waiting {self._settle:.0f} s for running requests", file=sys.stderr)
        self._pause(self._settle)


def settings(stack: Stack) -> dict[str, str]:
    """The environment of the live function."""
    live = boto3.client("lambda").get_function_configuration(
        FunctionName=output(stack, "FunctionName"), Qualifier="live"
    )
    return dict(live["Environment"]["Variables"])


def through(job: Iterator[Progress], done: str, failed: str = "failed") -> Progress:
    """Do a job to its end, and say now and then how far it is.

    Raises:
        NotDone: it could not be done for some customers.
    """
    progress, said, printed = Progress(), "", ""
    for progress in job:
        said = f"{progress.done} {done}, {len(progress.failed)} {failed}"
        line = f"  {progress.seen} seen, {said}"
        if line != printed:
            print(line, file=sys.stderr)
        printed = line
    if progress.failed:
        raise NotDone(f"{said}: {' '.join(progress.failed)}")
    return progress


def maintenance(stack: Stack) -> Maintenance:
    """The jobs on a stack, under its maintenance role; the audit names the caller of this command."""
    name = operator(boto3.client("sts").get_caller_identity()["Arn"])
    who = Requester(client_id=CLIENT, actor=name, request_id=str(uuid4()))
    return under(assumed(output(stack, "MaintenanceRoleArn"), name), settings(stack), who)


def operator(arn: str) -> str:
    """Requester runs this, by the ARN that AWS knows them by, as Dossier-Actor would name them.

    A hash of it where it is longer than that, or holds what may be a social security number.
    """
    name = arn.split(":", 5)[5]
    try:
        caller(CLIENT, name)
    except MalformedHeader:
        fits = False
    else:
        fits = not id_holds_ssn(name)
    return name if fits else f"sha256/{sha256(arn.encode()).hexdigest()}"


def assumed(role_arn: str, name: str) -> Session:
    """A session under a role, which is assumed again before its hour is over."""
    own = Session()
    session_name = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)[-64:]
    fetcher = AssumeRoleCredentialFetcher(
        own.create_client, own.get_credentials(), role_arn, extra_args={"RoleSessionName": session_name}
    )
    role = Session()
    role.register_component("credential_provider", CredentialResolver([Assumed(fetcher.fetch_credentials)]))
    return role


class Assumed(CredentialProvider):
    """Gives a session the credentials of a role."""

    def __init__(self, assume: Callable[[], dict[str, str]]) -> None:
        """Ask `assume` for them, at first and whenever they are about to expire."""
        super().__init__()
        self._assume = assume

    def load(self) -> DeferredRefreshableCredentials:
        """Credentials that refresh themselves."""
        return DeferredRefreshableCredentials(self._assume, "assume-role")


def under(role: Session, environment: dict[str, str], who: Requester) -> Maintenance:
    """The jobs with the rights of a role, on what the function's environment names."""

    def client(service: str) -> object:
        return Attempting(role.create_client(service, config=CLIENT_CONFIG))

    dynamodb, kms = cast("ScanningDynamoDB", client("dynamodb")), cast("Kms", client("kms"))
    tables = Tables(environment["TABLE_NAME"], environment["KEYRING_NAME"], environment["AUDIT_NAME"])
    key = chain_key(kms, environment["SIGNING_KEY_ID"])
    fields = {SealedField.NUMBER: environment["NUMBER_KEY_ID"], SealedField.LAST4: environment["LAST4_KEY_ID"]}
    marks = {version: environment[f"INDEX_KEY_{version}_ID"] for version in (1, 2)}
    return Maintenance(
        dynamodb,
        SsnStore(dynamodb, tables, Chain(lambda: key)),
        Vault(kms, fields, environment["VAULT_NAME"]),
        BlindIndex(kms, marks, [1, 2]),
        who,
    )


if __name__ == "__main__":
    sys.exit(main())
