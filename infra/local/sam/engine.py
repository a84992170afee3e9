"""Finds the container engine and how its containers reach this machine, and clears up after SAM CLI."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import docker  # type: ignore[import-untyped]


class NoEngine(Exception):
    """No container engine that will do; the message says what to do."""


class Host(NamedTuple):
    """This machine as containers see it.

    Attributes:
        address: by which they reach it.
        relayed: whether what listens on loopback has to be relayed to that address.
    """

    address: str
    relayed: bool


def find_host() -> Host:
    """This machine as the containers of the engine see it that DOCKER_HOST names, or of the default one.

    Raises:
        NoEngine: none answers, or its containers cannot reach this machine.
    """
    try:
        client = docker.from_env()
        about: dict[str, Any] = client.info()
        if sys.platform != "linux" or about["OperatingSystem"] == "Docker Desktop":
            # A virtual machine runs the engine, and leads this name to the host's loopback.
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
    """Remove the function containers that SAM CLI started from the artefacts in `folder` and left behind.

    It does so when it is killed; and its threads race for `InvokeContext.lambda_runtime` while they start all
    containers (1.170): one that lost makes a container that nobody knows.
    """
    for container in docker.from_env().containers.list(filters={"label": "sam.cli.container.type=lambda"}):
        if any(str(folder) in mount.get("Source", "") for mount in container.attrs["Mounts"]):
            container.remove(force=True)
