"""Serves the system with `sam local start-api` until it is interrupted.

    python -m infra.local.sam

Environment:

    DOSSIER_PORT              the port to listen on (default: 3000, or the next that is free)
    DOSSIER_RUNTIME           the Python that the functions run on (default: the templates')
    DOSSIER_SAM_LOCAL_CLAIMS  the claims of every caller, as JSON (default: a client that may do everything)
    SAM_SKIP_PULL_IMAGE       anything, to run with the image of Lambda's runtime that is there
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from typing import Any

from infra.bootstrap import ROOT, exclusive
from infra.generate.compose import TEMPLATE, composed
from infra.local.process import free
from infra.local.sam.engine import Host, NoEngine, find_host
from infra.local.sam.functions import env_vars
from infra.local.sam.moto_server import moto_server
from infra.local.sam.relay import relay
from infra.local.sam.resources import create_resources
from infra.local.sam.sam import BUILD, SamLocalFailed, build, start_api
from infra.steps import step
from infra.templates import load

DEFAULT_PORT = 3000
HEALTHY_SECONDS = 60


def main() -> int:
    """Serve; what a person has to know goes to stderr."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Also where the shell that started this in the background made it deaf to SIGINT.
        signal.signal(number, signal.default_int_handler)
    try:
        with exclusive(ROOT / ".dossier" / "sam-local.lock"):
            serve(find_host())
    except (NoEngine, SamLocalFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The data is deleted.", file=sys.stderr)
    return 0


def serve(host: Host) -> None:
    """Serve until interrupted.

    Raises:
        SamLocalFailed: SAM CLI fails, or the system does not answer.
    """
    TEMPLATE.write_text(composed(), encoding="utf-8")
    template = load(TEMPLATE)
    runtime = os.environ.get("DOSSIER_RUNTIME") or default_runtime(template)
    port = choose_port()
    with ExitStack() as stack:
        aws_port = stack.enter_context(moto_server())
        use(aws_port)
        created = create_resources(template)
        if host.relayed:
            for relayed in (aws_port, port):
                stack.enter_context(relay(host.address, relayed))
        told = env_vars(template, created, f"http://{host.address}:{aws_port}", f"http://{host.address}:{port}")
        step("artefacts", lambda: build(runtime))
        variables = BUILD / "env-vars.json"
        variables.write_text(json.dumps(told, indent=2), encoding="utf-8")
        process = stack.enter_context(start_api(port, runtime, variables))
        url = f"http://127.0.0.1:{port}"
        step("system", lambda: wait_until_healthy(process, url))
        introduce(url)
        process.wait()
    raise SamLocalFailed("SAM CLI stopped. See its output above.")


def default_runtime(template: dict[str, Any]) -> str:
    """The Python that functions run on unless somebody says otherwise, such as 3.13."""
    return str(template["Parameters"]["PythonRuntime"]["Default"]).removeprefix("python")


def choose_port() -> int:
    """The port that DOSSIER_PORT names, or the next that is free."""
    wanted = int(os.environ.get("DOSSIER_PORT") or DEFAULT_PORT)
    for port in range(wanted, wanted + 50):
        if free(port):
            return port
    raise SamLocalFailed(
        f"No port from {wanted} to {wanted + 49} is free. Choose another: make sam-local DOSSIER_PORT=…"
    )


def use(aws_port: int) -> None:
    """Make boto3 and SAM CLI talk to moto and to nothing else."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws_port}",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(ROOT / ".dossier" / "sam"),
    }


def wait_until_healthy(process: "subprocess.Popen[bytes]", url: str) -> str:
    """Wait until every service says that it is well; as long as it takes until the first answer.

    Raises:
        SamLocalFailed: SAM CLI ends, or one is not well.
    """
    deadline = None
    while process.poll() is None:
        status, answer = health(url)
        if status == 200 and answer["status"] == "ok":  # noqa: PLR2004
            return "healthy"
        if status:
            deadline = deadline or time.monotonic() + HEALTHY_SECONDS
            if time.monotonic() > deadline:
                raise SamLocalFailed(f"The system is unhealthy: GET /health returns {status} {answer}")
        time.sleep(0.2)
    raise SamLocalFailed("SAM CLI stopped. See its output above.")


def health(url: str) -> tuple[int, Any]:
    """Status and body of GET /health; status 0 without an answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health", timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return 0, None


def introduce(url: str) -> None:
    """Say where the system is and how to call it."""
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
