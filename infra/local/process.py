"""The process of the local cloud: its environment, and whether it lives and responds."""

import os
import subprocess
from pathlib import Path

from infra.bootstrap import ENVIRONMENTS
from infra.local.machine import request

# Resolved: a copy of this checkout may share its environments.
PYTHON = ENVIRONMENTS["ministack"][0].resolve() / "bin" / "python"
LAUNCHER = Path(__file__).with_name("launcher.py").resolve()


def responds(port: int) -> bool:
    """Return whether ministack responds on a port."""
    try:
        _, health = request("GET", f"http://127.0.0.1:{port}/_ministack/health", timeout=2)
    except OSError:
        return False
    return "services" in health


def is_ministack(pid: int) -> bool:
    """Return whether a process is this checkout's ministack. Another program may have got its number."""
    command = ["ps", "-p", str(pid), "-o", "stat=,command="]
    line = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout
    return f"{PYTHON} " in line and f"/local/{LAUNCHER.name}" in line and not line.startswith("Z")


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
