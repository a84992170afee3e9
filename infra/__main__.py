"""Commands for any stage: deployment, clients, token, url, logs."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import boto3

from gateway_config.registry.models import REGISTRY
from infra.bootstrap import ROOT
from infra.commands import exit_code, step
from infra.deploy.alarms import raise_alarm
from infra.deploy.clients import ClientFailed, Clients, user_pool_id
from infra.deploy.cloudformation import deployed, output
from infra.deploy.deployment import deploy as deploy_stacks
from infra.deploy.faults import explained
from infra.deploy.logs import print_logs
from infra.deploy.plan import show_plan
from infra.deploy.rollback import roll_back
from infra.deploy.settings import LOCAL
from infra.deploy.stacks import GATEWAY, DeploymentFailed, Stack, stack_in
from infra.local import system
from infra.local.cloud import LocalCloud
from infra.local.logs import failed_starts
from infra.stages import deployer, has_credentials, stacks_of


def main() -> int:
    """Run the command of the first argument and return its exit code."""
    parser = argparse.ArgumentParser(prog="infra", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--stage", default=LOCAL)
    parser.add_argument("--service", default="", help="deploy, delete, logs: a service's name, or its folder")
    parser.add_argument("--parameters", default="", help="deploy: parameters of a folder's template, as Name=value …")
    parser.add_argument("--dry-run", action="store_true", help="deploy: print the changes without making them")
    parser.add_argument("--confirm", default="", help="delete: the stage; client, delete-client: the client's name")
    parser.add_argument("--name", default=system.CLIENT, help="the client's name")
    parser.add_argument(
        "--scopes", default="", help="client: scopes, separated by spaces, or all; token: scopes; default: all"
    )
    parser.add_argument("--file", default="", help="client-secret: a new file")
    parser.add_argument("--retire", action="store_true", help="client-secret: delete all secrets but the newest")
    arguments = parser.parse_args()
    hint = "CloudFormation completes the changes that it started. Run the command again to continue."
    return exit_code(explained(arguments.stage)(partial(run, arguments)), hint)


def run(arguments: argparse.Namespace) -> None:
    """Run the command that the arguments name."""
    # Looked for once: without credentials, boto3 asks the network for some.
    local = arguments.stage == LOCAL
    arguments.offline = arguments.dry_run and not local and not has_credentials()
    gateway, services = stacks_of(arguments.stage, offline=arguments.offline)
    COMMANDS[arguments.command](arguments, gateway, joined(services, arguments))


def deploy(arguments: argparse.Namespace, gateway: Stack, services: list[Stack]) -> None:
    """Deploy what has changed, or print the changes."""
    chosen = choose([gateway, *services], arguments.service)
    if arguments.offline:
        show_plan(chosen, deployer(arguments.stage))
        return
    if arguments.stage == LOCAL:
        system.report_missing(LocalCloud.here())
    deploy_stacks(chosen, deployer(arguments.stage), execute=not arguments.dry_run)


def delete(arguments: argparse.Namespace, gateway: Stack, services: list[Stack]) -> None:
    """Delete one service, or the whole stage if it is confirmed: the services, then the gateway."""
    if arguments.service in {"", gateway.name} and arguments.confirm != arguments.stage:
        raise DeploymentFailed(
            f"This command would delete the whole stage {arguments.stage}, because services need the gateway. "
            f"Name one service with SERVICE=…, or confirm with CONFIRM={arguments.stage}."
        )
    stacks = [*services, gateway]
    if arguments.service not in {"", *(stack.name for stack in stacks)}:
        stacks.append(Stack(arguments.service, gateway.template, arguments.stage, {}))
    found = deployed(boto3.client("cloudformation"), stacks)
    if arguments.service not in {"", gateway.name}:
        stacks = [stack for stack in stacks if stack.name == arguments.service]
        if stacks[0].stack_name not in found:
            raise DeploymentFailed(f"{arguments.service} is not deployed in {arguments.stage}.")
    stage = deployer(arguments.stage)

    def delete_one(stack: Stack) -> str:
        if stack.stack_name not in found:
            return "was not deployed"
        stage.delete(stack)
        return "deleted"

    with stage.alone():
        for stack in stacks:
            step(stack.name, partial(delete_one, stack))


def client(arguments: argparse.Namespace, gateway: Stack, _: list[Stack]) -> None:
    """Create a client or change its scopes, admit it to the gateway, and print its id."""
    clients = Clients(user_pool_id(arguments.stage))
    scopes = clients.declared(arguments.scopes.split(), confirmed=arguments.confirm == arguments.name)
    print(clients.ensure(arguments.name, scopes))
    clients.admit(gateway.stack_name)


def clients(arguments: argparse.Namespace, *_: object) -> None:
    """Print the clients of a stage with their scopes."""
    for name, scopes in Clients(user_pool_id(arguments.stage)).listed().items():
        print(f"{name:<24} {' '.join(scopes)}")


def delete_client(arguments: argparse.Namespace, gateway: Stack, _: list[Stack]) -> None:
    """Delete a client if it is confirmed. The gateway then refuses its tokens."""
    if arguments.confirm != arguments.name:
        raise ClientFailed(f"This command would delete the client {arguments.name}. Add CONFIRM={arguments.name}.")
    known = Clients(user_pool_id(arguments.stage))
    known.delete(arguments.name)
    known.admit(gateway.stack_name)


def client_secret(arguments: argparse.Namespace, *_: object) -> None:
    """Write a second secret of a client to a new file, or delete all secrets except the newest."""
    known = Clients(user_pool_id(arguments.stage))
    if arguments.retire:
        print(f"{known.retire_secrets(arguments.name)} deleted", file=sys.stderr)
        return
    if not arguments.file:
        raise ClientFailed("Name a new file for the secret with FILE=…, or delete the older secret with RETIRE=1.")
    write_new(Path(arguments.file), partial(known.add_secret, arguments.name))
    print(
        f"{arguments.file} contains a second secret. Once the client uses it, delete the older one with RETIRE=1.",
        file=sys.stderr,
    )


def write_new(path: Path, content: Callable[[], str]) -> None:
    """Write content to a new file that only its owner can read.

    The file is created before the content is made, and removed if that fails.

    Raises:
        ClientFailed: the file exists.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ClientFailed(f"{path} already exists. Name a new file.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        try:
            file.write(content())
        except BaseException:
            path.unlink()
            raise


def token(arguments: argparse.Namespace, gateway: Stack, _: list[Stack]) -> None:
    """Print an access token of a client."""
    clients = Clients(user_pool_id(arguments.stage))
    print(clients.token(arguments.name, arguments.scopes.split(), output(gateway, "TokenUrl")))


def url(arguments: argparse.Namespace, gateway: Stack, _: list[Stack]) -> None:
    """Print the gateway's URL."""
    user_pool_id(arguments.stage)  # Fails with a message if there is no gateway.
    print(output(gateway, "Url"))


def logs(arguments: argparse.Namespace, _: Stack, services: list[Stack]) -> None:
    """Print the last log lines of the services."""
    known = {"", REGISTRY, *(stack.name for stack in services)}
    if arguments.service not in known:
        raise DeploymentFailed(
            f"No service is called {arguments.service}. Choose one of: {', '.join(sorted(known)[1:])}"
        )
    more = []
    if arguments.stage == LOCAL:
        stack = {"": "", REGISTRY: f"{GATEWAY}-"}.get(arguments.service, f"{arguments.service}-")
        more = failed_starts(LocalCloud.here().log, f"dossier-{arguments.stage}-{stack}")
    print_logs(f"/dossier/{arguments.stage}", arguments.service, more)


def joined(services: list[Stack], arguments: argparse.Namespace) -> list[Stack]:
    """Return the services with that of the folder in `service`, which becomes the name of the service."""
    parameters = dict(pair.partition("=")[::2] for pair in arguments.parameters.split())
    if "/" not in arguments.service:
        if parameters:
            raise DeploymentFailed("PARAMETERS needs a SERVICE that is a folder, such as SERVICE=examples/rates.")
        return services
    folder = (ROOT / arguments.service).resolve()
    stack = stack_in(folder, services, parameters)
    others = [service for service in services if service.template.resolve() != stack.template]
    if stack.name in {other.name for other in others}:
        raise DeploymentFailed(f"functions/ already contains a service {stack.name}. Rename the folder {folder}.")
    arguments.service = stack.name
    return [*others, stack]


def choose(stacks: list[Stack], name: str) -> list[Stack]:
    """Return the stack of a name; all stacks if the name is empty."""
    chosen = [stack for stack in stacks if name in {"", stack.name}]
    if not chosen:
        raise DeploymentFailed(f"No stack is called {name}. Choose one of: {', '.join(stack.name for stack in stacks)}")
    return chosen


def alarm_test(arguments: argparse.Namespace, *_: object) -> None:
    """Raise an alarm for a moment, so that its message is sent."""
    print(raise_alarm(arguments.stage, arguments.service), file=sys.stderr)


def rollback(arguments: argparse.Namespace, gateway: Stack, services: list[Stack]) -> None:
    """Move a service back to the version before."""
    if not arguments.service:
        raise DeploymentFailed("Name the service: make rollback SERVICE=…")
    for function, versions in roll_back(choose([gateway, *services], arguments.service)[0]).items():
        print(f"  {function}: {versions}", file=sys.stderr)


COMMANDS: dict[str, Callable[..., None]] = {
    command.__name__.replace("_", "-"): command
    for command in (
        deploy,
        delete,
        client,
        clients,
        delete_client,
        client_secret,
        token,
        url,
        logs,
        alarm_test,
        rollback,
    )
}

if __name__ == "__main__":
    sys.exit(main())
