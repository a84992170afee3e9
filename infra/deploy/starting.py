"""Starts the functions of a built stack on this machine: code that cannot start is not deployed."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deploy.settings import ARCHITECTURE, RUNTIME
from infra.deploy.stacks import DeploymentFailed, Stack
from infra.templates import decided, load, resources

# More than Lambda allows: this machine may be busy.
START_SECONDS = 60
LAST_LINES = 12
PROGRAM = Path(__file__).with_name("lambda_start.py")
# A function that starts here can reach no AWS: no process listens on the port.
AWS = {
    "AWS_ACCESS_KEY_ID": "start",
    "AWS_SECRET_ACCESS_KEY": "start",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_LAMBDA_FUNCTION_NAME": "start",
}


@dataclass(frozen=True)
class Function:
    """A function of a built template.

    Attributes:
        name: its logical id.
        artefact: the folder of its code.
        handler: the import path of its handler.
        environment: its variables. A variable whose value only AWS knows has its name as value.
    """

    name: str
    artefact: Path
    handler: str
    environment: dict[str, str]


def check_start(stack: Stack, built: Path) -> None:
    """Start each function of a stack that can run on this machine, and call its health route.

    Any response is enough: without AWS, a service may be unhealthy.

    Raises:
        DeploymentFailed: a function cannot be imported, or raises; the message contains its last output.
    """
    if not runs_here(stack):
        return
    for function in functions(stack, built):
        if output := failure(function, health_event(stack.name)):
            raise DeploymentFailed(
                f"{output}\n\n{stack.name} is not deployed: its function {function.name} fails at its start with the "
                "error above. If there is an earlier version, it stays live."
            )


def runs_here(stack: Stack) -> bool:
    """Return whether the stack is built for this machine's Python and processor."""
    target = os.environ.get("DOSSIER_TARGET", "arm64")
    is_ours = target == ARCHITECTURE and sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
    return (target == "host" or is_ours) and stack.parameters.get("PythonRuntime", RUNTIME) == RUNTIME


def functions(stack: Stack, built: Path) -> Iterator[Function]:
    """Yield the Python functions of a built template whose whole code is in their artefact."""
    template = load(built / "template.yaml")
    values = {name: parameter.get("Default", name) for name, parameter in template.get("Parameters", {}).items()}
    values |= stack.parameters
    shared = template.get("Globals", {}).get("Function", {})
    for name, own in resources(template, "AWS::Serverless::Function").items():
        properties = decided({**shared, **own}, template, values)
        runtime, code = properties.get("Runtime"), properties.get("CodeUri")
        runtime = values.get(runtime["Ref"]) if isinstance(runtime, dict) and "Ref" in runtime else runtime
        if not str(runtime).startswith("python") or not isinstance(code, str) or "Layers" in properties:
            continue
        variables = properties.get("Environment", {}).get("Variables", {})
        environment = {key: literal(key, value, values) for key, value in variables.items()}
        yield Function(name, (built / code).resolve(), str(properties["Handler"]), environment)


def literal(name: str, value: Any, values: Mapping[str, str]) -> str:
    """Return a variable's value if the template and its parameters contain it; otherwise the variable's name."""
    match value:
        case {"Ref": str(parameter)} if parameter in values:
            return str(values[parameter])
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case _:
            return name


def failure(function: Function, event: bytes) -> str:
    """Return the last output of a function that fails; empty if it responds."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    try:
        run = subprocess.run(
            [sys.executable, "-I", "-B", PROGRAM, function.artefact, function.handler],
            cwd=function.artefact,
            env={**inherited, **AWS, **function.environment},
            input=event,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"The function did not respond within {START_SECONDS} s."
    # Frames of Python's own import would hide the cause.
    lines = [line for line in run.stdout.decode(errors="replace").splitlines() if "<frozen importlib" not in line]
    return "\n".join(lines[-LAST_LINES:] or [f"exit {run.returncode}"]) if run.returncode else ""


def health_event(service: str) -> bytes:
    """Return the HTTP API event of GET /health/<service>."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"GET /health/{service}",
        "rawPath": f"/health/{service}",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"requestId": "watch", "http": {"method": "GET", "path": f"/health/{service}"}},
        "isBase64Encoded": False,
    }
    return json.dumps(event).encode()
