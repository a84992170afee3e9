"""Starts the functions of a built stack on this machine, so that code that cannot start is not deployed."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deploy.stacks import DeploymentFailed, Stack, architecture
from infra.templates import decided, load, resources

# Longer than Lambda allows a function's start: this machine may be busy.
START_SECONDS = 60
LAST_LINES = 12
PROGRAM = Path(__file__).with_name("lambda_start.py")
# Nothing listens there, so that a function that starts here reaches no AWS.
NOWHERE = "http://127.0.0.1:9"
AWS = {
    "AWS_ACCESS_KEY_ID": "start",
    "AWS_SECRET_ACCESS_KEY": "start",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": NOWHERE,
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
        environment: its variables; one whose value only AWS has holds its own name.
    """

    name: str
    artefact: Path
    handler: str
    environment: dict[str, str]


def check_start(stack: Stack, built: Path) -> None:
    """Start each function of a stack that can run on this machine, and ask it for its health.

    Any response is good: AWS is out of reach here, so that a service may call itself unhealthy.

    Args:
        stack: the stack.
        built: the folder of its built template.

    Raises:
        DeploymentFailed: a function cannot be imported, or raises; the message holds the last lines of what it printed.
    """
    if not runs_here(stack):
        return
    for function in functions(stack, built):
        if said := failure(function, health_event(stack.name)):
            raise DeploymentFailed(
                f"{said}\n\n{stack.name} is not deployed: its function {function.name} fails at its start with the "
                "error above. If there is an earlier version, it stays live."
            )


def runs_here(stack: Stack) -> bool:
    """Whether the stack is built for this machine's Python and processor."""
    target = os.environ.get("DOSSIER_TARGET", "arm64")
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    is_ours = target == architecture() and sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
    return (target == "host" or is_ours) and stack.parameters.get("PythonRuntime", runtime) == runtime


def functions(stack: Stack, built: Path) -> Iterator[Function]:
    """The Python functions of a built template whose whole code is in their artefact."""
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
    """The value of a variable, as far as the template and its parameters have it; otherwise the variable's name."""
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
    """The last lines that a function printed as it failed; empty if it responds."""
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
    """The HTTP API event of GET /health/<service>."""
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
