"""The container engine: the address of this machine for its containers, and containers that SAM CLI leaves."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import docker  # type: ignore[import-untyped]

from infra.commands import CommandFailed


class NoEngine(CommandFailed):
    """No container engine can be used."""


class Host(NamedTuple):
    """This machine as seen from containers.

    Attributes:
        address: its address.
        relayed: whether ports of loopback must be relayed to that address.
    """

    address: str
    relayed: bool


def find_host() -> Host:
    """Return this machine as seen from containers of the engine in DOCKER_HOST, or of the default engine.

    Raises:
        NoEngine: the engine does not respond, or its containers cannot reach this machine.
    """
    try:
        client = docker.from_env()
        about: dict[str, Any] = client.info()
        if sys.platform != "linux" or about["OperatingSystem"] == "Docker Desktop":
            # The engine's virtual machine forwards this name to the host's loopback.
            return Host("host.docker.internal", relayed=False)
        bridge = client.api.inspect_network("bridge")
    except docker.errors.DockerException as error:
        raise NoEngine(
            f"{error}\n\nNo container engine responds, and `sam local` needs one. Start Docker, or start podman's "
            "Docker socket and set DOCKER_HOST. `make run` needs no container engine."
        ) from None
    if any("rootless" in option for option in about["SecurityOptions"]):
        raise NoEngine(
            "The container engine is rootless, so its containers cannot reach this machine. `make run` needs no engine."
        )
    return Host(bridge["IPAM"]["Config"][0]["Gateway"], relayed=True)


def remove_containers(folder: Path) -> None:
    """Remove the function containers of the artefacts in `folder` that SAM CLI leaves.

    It leaves all when it is killed. Its threads also race for `InvokeContext.lambda_runtime` while they start all
    containers (1.170), and forget the container of the thread that lost.
    """
    for container in docker.from_env().containers.list(filters={"label": "sam.cli.container.type=lambda"}):
        if any(str(folder) in mount.get("Source", "") for mount in container.attrs["Mounts"]):
            container.remove(force=True)
