"""The vault's maintenance commands; each can be interrupted, and run again.

    python -m infra.vault rotate-index --to 2 [--stage dev]   a new key for the blind index, without a pause
    python -m infra.vault re-encrypt                          seal what is in an older format anew
    python -m infra.vault verify-audit [--customer cus_…]     whether chains are whole; exit 1 if one is not
    python -m infra.vault after-restore                       once the data table was restored from a backup

The jobs run under the stack's maintenance role, which the caller must be allowed to assume; the settings of the stack
are changed with the caller's own rights.
"""

import argparse
import getpass
import re
import sys
import time
from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.aws import CLIENT_CONFIG, Attempting, Kms, session
from functions.ssn.audit import Chain, Who, chain_key
from functions.ssn.index import BlindIndex
from functions.ssn.ledger import Ledger, Tables
from functions.ssn.vault import Field, Vault
from infra.__main__ import build_folder, stacks_of
from infra.deploy import LOCAL, deploy
from infra.stacks import DeploymentFailed, Stack, output
from infra.vault.jobs import Maintenance, Progress, ScanningDynamoDB

SERVICE = "ssn"
VERSIONS = "IndexVersions"
# As long as a request can take that began before a setting was changed.
SETTLE_SECONDS = 11.0


class NotDone(Exception):
    """A job left something undone; the message says what."""


def main() -> int:
    """Do what the first argument says."""
    parser = argparse.ArgumentParser(prog="infra.vault", description=__doc__)
    parser.add_argument("command", choices=("rotate-index", "re-encrypt", "verify-audit", "after-restore"))
    parser.add_argument("--stage", default=LOCAL)
    parser.add_argument("--to", type=int, default=2, help="rotate-index: the version to end with")
    parser.add_argument("--customer", default="", help="verify-audit: only this one's chain")
    parser.add_argument("--settle", type=float, default=SETTLE_SECONDS, help="rotate-index: seconds between steps")
    arguments = parser.parse_args()
    _, services = stacks_of(arguments.stage)
    [stack] = [stack for stack in services if stack.name == SERVICE]
    try:
        run(arguments, stack)
    except (NotDone, DeploymentFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS refuses: {error}\nThe same command goes on where this one ended.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on where this one ended.", file=sys.stderr)
        return 130
    return 0


def run(arguments: argparse.Namespace, stack: Stack) -> None:
    """Do what a command says.

    Raises:
        NotDone: something is left.
    """
    work = maintenance(stack)
    match arguments.command:
        case "rotate-index":
            rotate_index(stack, work, arguments.to, arguments.settle)
        case "re-encrypt":
            through("sealed anew", work.reseal())
        case "after-restore":
            through("brought up to the audit", work.after_restore())
        case "verify-audit" if arguments.customer:
            if not work.verify(arguments.customer):
                raise NotDone("The chain is not whole.")
            print("The chain is whole.")
        case _:
            through("repaired", work.verify_all())


def rotate_index(stack: Stack, work: Maintenance, to: int, settle: float) -> None:
    """Go on with a rotation from wherever it is: write both versions, fill in, switch, remove the old one."""
    first = versions(stack)[0]
    if first != to:
        switch(stack, [first, to], settle)
        through(f"marked in version {to}", work.mark(to))
        switch(stack, [to], settle)
    for old in {1, 2} - {to}:
        through(f"unmarked in version {old}", work.unmark(old))


def switch(stack: Stack, wanted: list[int], settle: float) -> None:
    """Make the service use these versions of the index, and wait until no request uses others.

    Raises:
        NotDone: the live function has not taken it over.
    """
    setting = ",".join(map(str, wanted))
    if versions(stack) == wanted:
        return
    # A deployment, and no change of a parameter alone, which would publish no version of the function.
    stack.parameters[VERSIONS] = setting
    deploy([stack], build_folder(stack.stage))
    if versions(stack) != wanted:
        raise NotDone(f"The live function does not use the index versions {setting}.")
    print(f"  index versions {setting}; {settle:.0f} s for requests under way", file=sys.stderr)
    time.sleep(settle)


def versions(stack: Stack) -> list[int]:
    """The versions of the index that the live function uses, the complete one first."""
    return [int(version) for version in settings(stack)["INDEX_VERSIONS"].split(",")]


def settings(stack: Stack) -> dict[str, str]:
    """The environment of the live function."""
    live = boto3.client("lambda").get_function_configuration(
        FunctionName=output(stack, "FunctionName"), Qualifier="live"
    )
    return dict(live["Environment"]["Variables"])


def through(what: str, job: Iterator[Progress]) -> None:
    """Do a job to its end, and say now and then how far it is.

    Raises:
        NotDone: it could not be done for some customers.
    """
    progress = Progress()
    for progress in job:
        print(f"  {progress.seen} seen, {progress.done} {what}, {len(progress.failed)} failed", file=sys.stderr)
    if progress.failed:
        raise NotDone("Not done: " + " ".join(progress.failed))


def maintenance(stack: Stack) -> Maintenance:
    """The jobs on a stack, under its maintenance role; the audit names the caller of this command."""
    operator = re.sub(r"[^\w+=,.@-]", "-", getpass.getuser())[:64]
    assumed = boto3.client("sts").assume_role(
        RoleArn=output(stack, "MaintenanceRoleArn"), RoleSessionName=f"{operator:-<2}"
    )["Credentials"]
    who = Who(client_id="maintenance", actor=operator, request_id=str(uuid4()))
    return under(assumed, settings(stack), who)


def under(credentials: Any, environment: dict[str, str], who: Who) -> Maintenance:
    """The jobs with these credentials, on what the function's environment names."""

    def client(service: str) -> object:
        return Attempting(
            session().create_client(
                service,
                config=CLIENT_CONFIG,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
            )
        )

    dynamodb, kms = cast("ScanningDynamoDB", client("dynamodb")), cast("Kms", client("kms"))
    tables = Tables(environment["TABLE_NAME"], environment["KEYRING_NAME"], environment["AUDIT_NAME"])
    key = chain_key(kms, environment["SIGNING_KEY_ID"])
    fields = {Field.NUMBER: environment["NUMBER_KEY_ID"], Field.LAST4: environment["LAST4_KEY_ID"]}
    marks = {version: environment[f"INDEX_KEY_{version}_ID"] for version in (1, 2)}
    return Maintenance(
        dynamodb,
        Ledger(dynamodb, tables, Chain(lambda: key)),
        Vault(kms, fields, environment["VAULT_NAME"]),
        BlindIndex(kms, marks, [1, 2]),
        who,
    )


if __name__ == "__main__":
    sys.exit(main())
