"""The commands of the local cloud: run, stop, reset, watch, backup, restore."""

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from infra.bootstrap import ROOT, exclusive
from infra.commands import exit_code
from infra.deploy.faults import explained
from infra.deploy.settings import LOCAL
from infra.local import system
from infra.local.backup import backup as write_backup
from infra.local.backup import restore as restore_backup
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.local.deployer import LocalDeployer
from infra.local.watch import watch as watch_services


def main() -> int:
    """Run the command of the first argument and return its exit code."""
    parser = argparse.ArgumentParser(prog="infra.local", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--file", default="", help="backup, restore: the file of the backup")
    arguments = parser.parse_args()
    command = arguments.command
    cloud = LocalCloud.here()
    hint = "Run `make run` to continue, or `make stop` to stop the local cloud." if command == "run" else ""
    more = [arguments.file] if command in {"backup", "restore"} else []
    return exit_code(explained(LOCAL)(partial(COMMANDS[command], cloud, *more)), hint)


def run(cloud: LocalCloud) -> None:
    """Start and deploy the system, and print how to call it.

    Raises:
        LocalCloudError: a service of functions/ is unhealthy. The addresses are printed before.
    """
    with alone(cloud):
        unhealthy = system.up(cloud)
    system.introduce(cloud)
    if unhealthy:
        raise LocalCloudError(f"Unhealthy: {', '.join(unhealthy)}. See: make logs SERVICE={unhealthy[0]}")


def stop(cloud: LocalCloud) -> None:
    """Stop the local cloud and keep its data."""
    deployer = LocalDeployer(cloud.build)
    with alone(cloud), deployer.alone():
        deployer.remove_temporary()
        print("Stopped. The data is kept." if cloud.stop() else "It was not running.", file=sys.stderr)


def reset(cloud: LocalCloud) -> None:
    """Stop the local cloud and delete its data."""
    deployer = LocalDeployer(cloud.build)
    with alone(cloud), deployer.alone():
        deployer.remove_temporary()
        cloud.reset()
    print("The data is deleted. The next `make run` starts without data.", file=sys.stderr)


def watch(cloud: LocalCloud) -> None:
    """Put each saved change of a service live."""
    watch_services(cloud)


def backup(cloud: LocalCloud, file: str) -> None:
    """Write all data to a file; without a name, to a new one in the folder `backups`."""
    path = Path(file or ROOT / "backups" / f"dossier-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz").expanduser().resolve()
    with alone(cloud), LocalDeployer(cloud.build).alone():
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
    with alone(cloud), LocalDeployer(cloud.build).alone():
        saved_at, aside = restore_backup(cloud, Path(file).expanduser().resolve())
    print(
        f"Restored the data of {saved_at}. Data that was erased since then is back. The replaced data is in {aside}. "
        "Remove that folder when you no longer need it.\nTo deploy changes since the backup: make run",
        file=sys.stderr,
    )


def alone(cloud: LocalCloud) -> AbstractContextManager[None]:
    """Keep other commands on this local cloud waiting."""
    return exclusive(cloud.home.with_suffix(".lock"))


COMMANDS: dict[str, Callable[..., None]] = {
    command.__name__: command for command in (run, stop, reset, watch, backup, restore)
}

if __name__ == "__main__":
    sys.exit(main())
