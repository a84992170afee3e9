"""The commands for any stage: deploy, delete, client, token, url, logs. The stage `local` is what `make run` serves."""

import argparse
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import boto3
from botocore.exceptions import NoRegionError

from gateway_config.registry.models import REGISTRY
from infra.bootstrap import ROOT
from infra.clients import ClientFailed, Clients, TokenRefused, user_pool_id
from infra.deploy import deploy as deploy_stacks
from infra.faults import REFUSED, fault
from infra.local import system
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.logs import failed_starts, print_logs
from infra.stacks import (
    GATEWAY,
    Deployer,
    DeploymentFailed,
    Stack,
    alone,
    deployed,
    gateway_and_services,
    output,
    stack_in,
)
from infra.steps import step
from infra.templates import TemplateBroken


def main() -> int:
    """Do what the first argument says; what a person has to know goes to stderr."""
    parser = argparse.ArgumentParser(prog="infra", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--stage", default=system.STAGE)
    parser.add_argument("--service", default="", help="deploy, delete, logs: only this one; a name, or a folder")
    parser.add_argument("--parameters", default="", help="deploy: Name=value of a folder's template, …")
    parser.add_argument("--dry-run", action="store_true", help="deploy: only make the change sets, and show them")
    parser.add_argument("--confirm", default="", help="delete: the stage's name, to delete all of it")
    parser.add_argument("--name", default=system.CLIENT, help="client, token: the client's name")
    parser.add_argument("--scopes", default="", help="client, token: separated by spaces; without, every scope")
    arguments = parser.parse_args()
    try:
        gateway, services = stacks_of(arguments.stage)
        COMMANDS[arguments.command](arguments, gateway, joined(services, arguments))
    except (LocalCloudError, DeploymentFailed, ClientFailed, TemplateBroken, TokenRefused) as failure:
        print(failure, file=sys.stderr)
        return 1
    except REFUSED as error:
        print(fault(error, arguments.stage), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; CloudFormation finishes what it has begun. The same command goes on.", file=sys.stderr)
        return 130
    return 0


def deploy(arguments: argparse.Namespace, gateway: Stack, services: list[Stack]) -> None:
    """Deploy what has changed, or show what would be."""
    chosen = choose([gateway, *services], arguments.service)
    if arguments.stage == system.STAGE:
        system.report_missing(LocalCloud.here())
    deploy_stacks(chosen, build_folder(arguments.stage), execute=not arguments.dry_run)


def delete(arguments: argparse.Namespace, gateway: Stack, services: list[Stack]) -> None:
    """Delete one service, or, confirmed, the whole stage: the services, then the gateway."""
    if arguments.service in {"", gateway.name} and arguments.confirm != arguments.stage:
        raise DeploymentFailed(
            f"This would delete the whole stage {arguments.stage}: no service can be reached without the gateway. "
            f"Name one SERVICE, or add CONFIRM={arguments.stage}."
        )
    stacks = [*services, gateway]
    if arguments.service not in {"", *(stack.name for stack in stacks)}:
        # One whose folder is gone can still be deployed.
        stacks.append(Stack(arguments.service, gateway.template, arguments.stage, {}))
    found = deployed(boto3.client("cloudformation"), stacks)
    if arguments.service not in {"", gateway.name}:
        stacks = [stack for stack in stacks if stack.name == arguments.service]
        if stacks[0].stack_name not in found:
            raise DeploymentFailed(f"{arguments.service} is not deployed in {arguments.stage}.")
    deployer = Deployer(build_folder(arguments.stage))

    def delete_one(stack: Stack) -> str:
        return deployer.delete(stack) and "deleted" if stack.stack_name in found else "was not deployed"

    with alone(build_folder(arguments.stage)):
        for stack in stacks:
            step(stack.name, partial(delete_one, stack))


def client(arguments: argparse.Namespace, gateway: Stack, _: list[Stack]) -> None:
    """Make a client or change its scopes, and let it through the gateway; its id is printed, its secret is not."""
    clients = Clients(user_pool_id(arguments.stage))
    print(clients.ensure(arguments.name, clients.declared(arguments.scopes.split())))
    clients.admit(gateway.stack_name)


def token(arguments: argparse.Namespace, gateway: Stack, _: list[Stack]) -> None:
    """Print an access token of a client."""
    clients = Clients(user_pool_id(arguments.stage))
    local = arguments.stage == system.STAGE
    address = system.token_url(LocalCloud.here()) if local else output(gateway, "TokenUrl")
    print(clients.token(arguments.name, arguments.scopes.split(), address))


def url(arguments: argparse.Namespace, gateway: Stack, _: list[Stack]) -> None:
    """Print the gateway's URL."""
    user_pool_id(arguments.stage)  # Says so where there is no gateway.
    print(output(gateway, "Url"))


def logs(arguments: argparse.Namespace, _: Stack, services: list[Stack]) -> None:
    """Print the last lines that the services logged."""
    known = {"", REGISTRY, *(stack.name for stack in services)}
    if arguments.service not in known:
        raise DeploymentFailed(f"There is no service {arguments.service}. There are: {', '.join(sorted(known)[1:])}")
    more = []
    if arguments.stage == system.STAGE:
        stack = {"": "", REGISTRY: f"{GATEWAY}-"}.get(arguments.service, f"{arguments.service}-")
        more = failed_starts(LocalCloud.here().log, f"dossier-{arguments.stage}-{stack}")
    print_logs(f"/dossier/{arguments.stage}", arguments.service, more)


def stacks_of(stage: str) -> tuple[Stack, list[Stack]]:
    """The stacks of a stage; from here on, AWS is the account that it lives in."""
    if stage == system.STAGE:
        cloud = LocalCloud.here()
        system.use(cloud)
        return system.stacks(system.url(cloud))
    if not re.fullmatch("[a-z][a-z0-9-]{0,15}", stage):
        raise DeploymentFailed("A stage is named in lower-case letters, digits and hyphens, at most 16.")
    if re.search("aws|amazon|cognito", stage):
        raise DeploymentFailed("Cognito takes no domain with aws, amazon or cognito in it; name the stage otherwise.")
    if boto3.session.Session().region_name is None:
        raise NoRegionError
    account = boto3.client("sts").get_caller_identity()["Account"]
    print(f"stage {stage}, account {account}, region {boto3.session.Session().region_name}", file=sys.stderr)
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return gateway_and_services(stage, {"PythonRuntime": runtime, "Architecture": "arm64"})


def joined(services: list[Stack], arguments: argparse.Namespace) -> list[Stack]:
    """The services, and the one of the folder that --service names, which goes by its last part from here on."""
    parameters = dict(pair.partition("=")[::2] for pair in arguments.parameters.split())
    if "/" not in arguments.service:
        if parameters:
            raise DeploymentFailed("PARAMETERS are those of a SERVICE that is a folder, such as examples/rates.")
        return services
    folder = (ROOT / arguments.service).resolve()
    stack = stack_in(folder, services, parameters)
    others = [service for service in services if service.template.resolve() != stack.template]
    if stack.name in {other.name for other in others}:
        raise DeploymentFailed(f"There is a service {stack.name} in functions/ already: name the folder {folder} anew.")
    arguments.service = stack.name
    return [*others, stack]


def build_folder(stage: str) -> Path:
    """Where a stage's stacks are built."""
    return LocalCloud.here().build if stage == system.STAGE else ROOT / ".dossier" / "build" / stage


def choose(stacks: list[Stack], name: str) -> list[Stack]:
    """The stack of this name, or all without one."""
    chosen = [stack for stack in stacks if name in {"", stack.name}]
    if not chosen:
        raise DeploymentFailed(f"There is no stack {name}. There are: {', '.join(stack.name for stack in stacks)}")
    return chosen


COMMANDS: dict[str, Callable[..., None]] = {
    command.__name__: command for command in (deploy, delete, client, token, url, logs)
}

if __name__ == "__main__":
    sys.exit(main())
