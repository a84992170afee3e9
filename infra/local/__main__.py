"""The commands of the local cloud: run, stop, reset, watch, backup, restore."""

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from infra.bootstrap import ROOT, exclusive
from infra.deploy.clients import ClientFailed, TokenRefused
from infra.deploy.faults import REFUSED, fault
from infra.deploy.stacks import DeploymentFailed, remove_temporary
from infra.deploy.stacks import alone as alone_in
from infra.local import system
from infra.local.backup import backup as write_backup
from infra.local.backup import restore as restore_backup
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.local.watch import watch as watch_services
from infra.templates import TemplateBroken


def main() -> int:
    """Do what the first argument says; what a person has to know goes to stderr."""
    parser = argparse.ArgumentParser(prog="infra.local", description=__doc__)
    parser.add_argument("command", choices=[*COMMANDS, *FILE_COMMANDS])
    parser.add_argument("--file", default="", help="backup, restore: the file of the backup")
    arguments = parser.parse_args()
    command = arguments.command
    cloud = LocalCloud.here()
    try:
        if command in COMMANDS:
            COMMANDS[command](cloud)
        else:
            FILE_COMMANDS[command](cloud, arguments.file)
    except (LocalCloudError, DeploymentFailed, ClientFailed, TemplateBroken, TokenRefused) as failure:
        print(failure, file=sys.stderr)
        return 1
    except REFUSED as error:
        print(fault(error, system.STAGE), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        hint = "`make run` goes on from here; `make stop` stops the local cloud." if command == "run" else ""
        print(f"\nInterrupted. {hint}", file=sys.stderr)
        return 130
    return 0


def run(cloud: LocalCloud) -> None:
    """Bring the system up and print how to call it.

    Raises:
        LocalCloudError: a service of functions/ is unhealthy; raised after the rest is printed.
    """
    with alone(cloud):
        unhealthy = system.up(cloud)
    system.introduce(cloud)
    if unhealthy:
        raise LocalCloudError(f"Unhealthy: {', '.join(unhealthy)}. See: make logs SERVICE={unhealthy[0]}")


def stop(cloud: LocalCloud) -> None:
    """Stop the local cloud; what it holds is kept."""
    with alone(cloud), alone_in(cloud.build):
        remove_temporary(cloud.build)
        print("Stopped; what it holds is kept." if cloud.stop() else "It was not running.", file=sys.stderr)


def reset(cloud: LocalCloud) -> None:
    """Stop the local cloud and forget all that it holds."""
    with alone(cloud), alone_in(cloud.build):
        remove_temporary(cloud.build)
        cloud.reset()
    print("Reset: the next `make run` starts from nothing.", file=sys.stderr)


def watch(cloud: LocalCloud) -> None:
    """Put each saved change of a service live."""
    watch_services(cloud)


def backup(cloud: LocalCloud, file: str) -> None:
    """Write all data to a file; without a name, to a new one in the folder `backups`."""
    path = Path(file or ROOT / "backups" / f"dossier-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz").expanduser().resolve()
    with alone(cloud), alone_in(cloud.build):
        saved_at = write_backup(cloud, path)
    print(
        f"The data of {saved_at} is in {path}. It contains personal data and keys: only you can read it.\n"
        f"To restore it: make restore FILE={path}",
        file=sys.stderr,
    )


def restore(cloud: LocalCloud, file: str) -> None:
    """Replace all data with that of a backup."""
    if not file:
        raise LocalCloudError("Name the backup: make restore FILE=…")
    with alone(cloud), alone_in(cloud.build):
        saved_at, aside = restore_backup(cloud, Path(file).expanduser().resolve())
    print(
        f"Restored the data of {saved_at}; what was erased since then is back. The data from before is in {aside}; "
        "remove that folder when you need it no longer.\nTo deploy what changed since the backup: make run",
        file=sys.stderr,
    )


def alone(cloud: LocalCloud) -> AbstractContextManager[None]:
    """Keep other commands on this local cloud waiting."""
    return exclusive(cloud.home.with_suffix(".lock"))


COMMANDS: dict[str, Callable[[LocalCloud], None]] = {command.__name__: command for command in (run, stop, reset, watch)}
FILE_COMMANDS: dict[str, Callable[[LocalCloud, str], None]] = {"backup": backup, "restore": restore}

if __name__ == "__main__":
    sys.exit(main())
