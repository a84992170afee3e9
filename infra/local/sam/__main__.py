"""Serves the system with `sam local start-api` until it is interrupted.

    python -m infra.local.sam

Environment:

    DOSSIER_PORT              port (default: 3000, or the next free port)
    DOSSIER_RUNTIME           Python of the functions (default: the templates')
    DOSSIER_SAM_LOCAL_CLAIMS  claims of every caller, as JSON (default: a client with every scope)
    SAM_SKIP_PULL_IMAGE       any value: use the local image of Lambda's runtime
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from http import HTTPStatus
from typing import Any

from infra.bootstrap import ROOT, exclusive
from infra.commands import exit_code, step
from infra.generate.compose import TEMPLATE, composed
from infra.local.machine import first_free, reach_only, request
from infra.local.sam.engine import Host, find_host
from infra.local.sam.functions import env_vars
from infra.local.sam.moto_server import moto_server
from infra.local.sam.relay import relay
from infra.local.sam.resources import create_resources
from infra.local.sam.sam import BUILD, SamLocalFailed, build, start_api
from infra.templates import load

DEFAULT_PORT = 3000
HEALTHY_SECONDS = 60


def main() -> int:
    """Serve until interrupted, and return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # A shell starts background processes with SIGINT ignored.
        signal.signal(number, signal.default_int_handler)
    return exit_code(serve_alone)


def serve_alone() -> None:
    """Serve until interrupted, while no other process does."""
    try:
        with exclusive(ROOT / ".dossier" / "sam-local.lock"):
            serve(find_host())
    except KeyboardInterrupt:
        print("\nStopped. The data is deleted.", file=sys.stderr)


def serve(host: Host) -> None:
    """Serve until interrupted.

    Raises:
        SamLocalFailed: SAM CLI fails, or the system does not respond.
    """
    TEMPLATE.write_text(composed(), encoding="utf-8")
    template = load(TEMPLATE)
    runtime = os.environ.get("DOSSIER_RUNTIME") or default_runtime(template)
    port = choose_port()
    with ExitStack() as stack:
        aws_port = stack.enter_context(moto_server())
        reach_only(f"http://127.0.0.1:{aws_port}", "testing", SAM_CLI_TELEMETRY="0")
        created = create_resources(template)
        if host.relayed:
            for relayed in (aws_port, port):
                stack.enter_context(relay(host.address, relayed))
        values = env_vars(template, created, f"http://{host.address}:{aws_port}", f"http://{host.address}:{port}")
        step("artefacts", lambda: build(runtime))
        variables = BUILD / "env-vars.json"
        variables.write_text(json.dumps(values, indent=2), encoding="utf-8")
        process = stack.enter_context(start_api(port, runtime, variables))
        url = f"http://127.0.0.1:{port}"
        step("system", lambda: wait_until_healthy(process, url))
        introduce(url)
        process.wait()
    raise SamLocalFailed("SAM CLI stopped. See its output above.")


def default_runtime(template: dict[str, Any]) -> str:
    """Return the default Python of a template, such as 3.13."""
    return str(template["Parameters"]["PythonRuntime"]["Default"]).removeprefix("python")


def choose_port() -> int:
    """Return the port in DOSSIER_PORT, or the next free port."""
    wanted = int(os.environ.get("DOSSIER_PORT") or DEFAULT_PORT)
    port = first_free(wanted)
    if port is None:
        raise SamLocalFailed(
            f"No port from {wanted} to {wanted + 49} is free. Choose another: make sam-local DOSSIER_PORT=…"
        )
    return port


def wait_until_healthy(process: "subprocess.Popen[bytes]", url: str) -> str:
    """Wait until all services are healthy. The first response may take any time.

    Raises:
        SamLocalFailed: SAM CLI ends, or a service stays unhealthy.
    """
    deadline = None
    while process.poll() is None:
        with suppress(OSError):
            status, health = request("GET", f"{url}/health")
            if status == HTTPStatus.OK and health["status"] == "ok":
                return "healthy"
            deadline = deadline or time.monotonic() + HEALTHY_SECONDS
            if time.monotonic() > deadline:
                raise SamLocalFailed(f"The system is unhealthy: GET /health returns {status} {health}")
        time.sleep(0.2)
    raise SamLocalFailed("SAM CLI stopped. See its output above.")


def introduce(url: str) -> None:
    """Print the system's address, and commands that call it."""
    print(
        f"""
Dossier runs in `sam local`, without data. Tokens are not checked: every request has every scope. Press Ctrl+C to stop.

export URL={url}

curl -s "$URL/services"
curl -si "$URL/v1/customers" -H "Content-Type: application/json" \\
  -d '{{"given_name": "Ada", "email": "ada@example.com"}}'
curl -s "$URL/v1/customers"
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
