"""Watches the services' folders, and puts each saved change live."""

import sys
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import watchfiles
from botocore.exceptions import BotoCoreError, ClientError

from infra.bootstrap import ROOT
from infra.deploy.packaging import CARRIED
from infra.deploy.settings import LOCAL
from infra.local import system
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.local.deployer import LocalDeployer
from infra.local.hints import hints
from infra.local.live import SHARED, WatchedService, closure, functions, put_live
from infra.templates import TemplateBroken

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

CARRIED_PARTS = [pattern.removeprefix("**/") for pattern in CARRIED]


def watch(cloud: LocalCloud) -> None:
    """Watch the services' folders until interrupted."""
    system.use(cloud)
    client = boto3.client("lambda")
    services: dict[Path, WatchedService] = {}
    for number, changes in enumerate(changed_files()):
        if number == 0:
            services = {service.package: service for service in watched(cloud)}
            names = ", ".join(service.stack.name for service in services.values())
            print(f"Watching {names}. Press Ctrl+C to stop.", file=sys.stderr)
        saved = [Path(path).relative_to(ROOT) for _, path in changes]
        if any(path.parts[0] == "functions" and is_unknown(path, services) for path in saved):
            adopt(cloud, services)
        for service in services.values():
            if is_carried(service.package, saved) and service.stack.template.is_file():
                report(service.stack.name, attempt(client, service))
        for name, hint in hints(saved, set(services), {name for name in examples(saved) if is_deployed(name)}):
            report(name, hint)


def changed_files() -> Iterator[set[tuple[watchfiles.Change, str]]]:
    """Yield the files of each save. The first set follows as soon as no later save can be missed; it may be empty."""
    folders = [ROOT / name for name in ("functions", "gateway_config", "examples") if (ROOT / name).is_dir()]
    return watchfiles.watch(
        *folders, step=20, debounce=100, rust_timeout=200, yield_on_timeout=True, raise_interrupt=True
    )


def adopt(cloud: LocalCloud, services: dict[Path, WatchedService]) -> None:
    """Add the services that were deployed since the watch began."""
    try:
        services |= {service.package: service for service in watched(cloud, services)}
    except (TemplateBroken, LocalCloudError, ClientError, BotoCoreError) as error:
        report("new service", f"is not watched: {error}")


def watched(cloud: LocalCloud, known: Container[Path] = ()) -> Iterator[WatchedService]:
    """Yield the deployed Python services of functions/, except those whose folders are `known`."""
    deployer = LocalDeployer(cloud.build)
    _, stacks = system.stacks(system.url(cloud))
    for stack in stacks:
        artefacts = deployer.built(stack)
        is_new = stack.template.parent.relative_to(ROOT) not in known
        if is_new and any(artefacts.glob("*/functions")) and is_deployed(stack.name):
            yield WatchedService(stack, functions(stack), artefacts, closure(artefacts))


def is_deployed(name: str) -> bool:
    """Return whether a service has a stack in the local cloud."""
    try:
        boto3.client("cloudformation").describe_stacks(StackName=f"dossier-{LOCAL}-{name}")
    except (ClientError, BotoCoreError):
        return False
    return True


def is_unknown(path: Path, packages: Iterable[Path]) -> bool:
    """Return whether a saved file of functions/ belongs to a service that is not watched."""
    return not any(path.is_relative_to(package) for package in (SHARED, *packages))


def is_carried(package: Path, saved: list[Path]) -> bool:
    """Return whether a service's artefact contains one of the saved files, or contained it before it was removed."""
    return any(
        path.is_relative_to(folder) and any(path.relative_to(folder).match(part) for part in CARRIED_PARTS)
        for path in saved
        for folder in (package, SHARED)
    )


def examples(saved: list[Path]) -> set[str]:
    """Return the names of the examples that the saved files belong to."""
    return {path.parts[1] for path in saved if path.parts[0] == "examples" and len(path.parts) > 2}  # noqa: PLR2004


def attempt(client: "LambdaClient", service: WatchedService) -> str:
    """Put a service live; return the result, or the reason why it is not live."""
    try:
        return put_live(client, service)
    except (ClientError, BotoCoreError) as error:
        return f"not live: {error}"
    except TemplateBroken as error:
        return f"live, but {error}"
    except (OSError, ValueError, RecursionError) as error:  # A file is gone again, or holds what no program reads.
        return f"not live: {error}"


def report(name: str, outcome: str) -> None:
    """Print one line about a stack."""
    print(f"  {name:<20} {outcome}", file=sys.stderr, flush=True)
