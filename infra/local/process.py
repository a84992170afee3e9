"""The process of the local cloud: whether it is alive, whether it responds, and requests to its launcher."""

import json
import os
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from infra.bootstrap import ENVIRONMENTS

# Resolved: a copy of this checkout may share its environments.
PYTHON = ENVIRONMENTS["ministack"][0].resolve() / "bin" / "python"
LAUNCHER = Path(__file__).with_name("launcher.py").resolve()
COMMAND_SECONDS = 60
# Requests on this machine go through no proxy.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free(port: int) -> bool:
    """Whether nothing listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether ministack answers on a port."""
    try:
        with _OPENER.open(f"http://127.0.0.1:{port}/_ministack/health", timeout=2) as answer:
            return "services" in json.load(answer)
    except (OSError, ValueError):
        return False


def command(endpoint: str, name: str) -> Any:
    """Send a command to the launcher, such as `save`, and return its result.

    Raises:
        OSError: it does not respond, or has no such command (`urllib.error.HTTPError`).
    """
    request = urllib.request.Request(  # noqa: S310 - the local cloud's own address
        f"{endpoint}/_dossier/{name}", data=b"", method="POST"
    )
    with _OPENER.open(request, timeout=COMMAND_SECONDS) as answer:
        return json.load(answer)


def is_ministack(pid: int) -> bool:
    """Whether a process is alive and is this checkout's ministack, not another program that got its number."""
    command = subprocess.run(
        ["ps", "-p", str(pid), "-o", "stat=,command="], capture_output=True, encoding="utf-8", check=False
    )
    return (
        f"{PYTHON} " in command.stdout
        and f"/local/{LAUNCHER.name}" in command.stdout
        and not command.stdout.startswith("Z")
    )


def environment(home: Path, port: int) -> dict[str, str]:
    """Return the variables of a process that keeps its data in `home` and listens on `port`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        # Idle function processes are kept for a working day: workers.py bounds their number.
        "LAMBDA_WARM_TTL_SECONDS": "43200",
        **inherited,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1",
        "PYTHONUTF8": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "S3_PERSIST": "1",
        "STATE_DIR": str(home / "state"),
        "TMPDIR": str(home / "tmp"),
    }
