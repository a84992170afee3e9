"""Brings Dossier up in the local cloud: the gateway, services side by side, a client that it admits, customers."""

import json
import os
import platform
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from infra.bootstrap import ROOT
from infra.clients import Clients
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.stacks import (
    Deployer,
    Stack,
    deployed,
    ensure_bucket,
    gateway_and_services,
    is_current,
    remove_broken,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STAGE = "local"
# ministack gives an API this id when it carries the tag, so that the URL outlives a reset; eight hexadecimal digits.
API_ID = "d0551e00"
API_ID_TAG = "ms-custom-id"
CLIENT = "development"
BUCKET = "dossier-artifacts"
CUSTOMERS = Path(__file__).parent / "customers.json"


def up(cloud: LocalCloud) -> None:
    """Start what is not running and deploy what has changed.

    Raises:
        LocalCloudError: the local cloud does not start, or the system does not answer.
        DeploymentFailed: a stack does not come up.
    """
    if not cloud.running:
        step("local cloud", lambda: f"started on port {cloud.start()}")
    use(cloud)
    cloudformation = boto3.client("cloudformation")
    gateway, services = stacks(url(cloud))
    found = deployed(cloudformation)
    remove_broken(cloudformation, found)
    changed = [stack for stack in (gateway, *services) if not is_current(stack, found.get(stack.stack_name))]
    unchanged = [stack.name for stack in (gateway, *services) if stack not in changed]
    if unchanged:
        step(", ".join(unchanged), lambda: "unchanged")
    deploy(cloud, gateway, [stack for stack in services if stack in changed], gateway_changed=gateway in changed)
    admit_client(cloudformation, gateway)
    wait_until_healthy(cloud)
    load_customers(cloud)


def stacks(public_url: str) -> tuple[Stack, list[Stack]]:
    """The gateway's and the services' stacks as they are deployed here."""
    gateway, services = gateway_and_services(
        STAGE,
        {
            "PythonRuntime": f"python{sys.version_info.major}.{sys.version_info.minor}",
            "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
            "PublicUrl": public_url,
        },
    )
    gateway.tags[API_ID_TAG] = API_ID
    return gateway, services


def deploy(cloud: LocalCloud, gateway: Stack, services: list[Stack], *, gateway_changed: bool) -> None:
    """Deploy the gateway if it has changed, then these services side by side."""
    if not gateway_changed and not services:
        return
    ensure_bucket(BUCKET)
    deployer = Deployer(dict(os.environ), ROOT / ".dossier" / "build" / cloud.home.name, BUCKET)

    def deploy_one(stack: Stack) -> None:
        def work() -> str:
            deployer.deploy(stack)
            return "deployed"

        step(stack.name, work)

    if gateway_changed:
        deploy_one(gateway)
    with ThreadPoolExecutor() as workers:
        list(workers.map(deploy_one, services))


def admit_client(cloudformation: "CloudFormationClient", gateway: Stack) -> None:
    """Give the development client every scope there is, and the gateway's authorizer the ids of all clients."""
    clients = Clients(user_pool_id())
    clients.ensure(CLIENT, clients.scopes())
    audience = ",".join(sorted(clients.ids().values()))
    stack = cloudformation.describe_stacks(StackName=gateway.stack_name)["Stacks"][0]
    current = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}
    if current["Audience"] == audience:
        return
    kept: list[Any] = [{"ParameterKey": key, "UsePreviousValue": True} for key in current if key != "Audience"]

    def update() -> str:
        cloudformation.update_stack(
            StackName=gateway.stack_name,
            UsePreviousTemplate=True,
            Parameters=[*kept, {"ParameterKey": "Audience", "ParameterValue": audience}],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Tags=stack["Tags"],
        )
        waiter = cloudformation.get_waiter("stack_update_complete")
        waiter.wait(StackName=gateway.stack_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return "admitted by the gateway"

    step(f"client {CLIENT}", update)


def wait_until_healthy(cloud: LocalCloud) -> None:
    """Wait until every service says that it is well.

    Raises:
        LocalCloudError: one does not.
    """
    deadline = time.monotonic() + 30
    while True:
        status, answer = call(cloud, "GET", "/health")
        if status == 200 and answer["status"] == "ok":  # noqa: PLR2004
            return
        if time.monotonic() > deadline:
            raise LocalCloudError(f"The system is not well: GET /health says {status} {answer}. See: make logs")
        time.sleep(0.2)


def load_customers(cloud: LocalCloud) -> None:
    """Load a few customers into an empty table."""
    access = token(cloud, ["customers/read", "customers/write"])
    _, page = call(cloud, "GET", "/v1/customers?limit=1", access)
    if page["items"]:
        return
    customers = json.loads(CUSTOMERS.read_text())

    def load() -> str:
        for customer in customers:
            status, answer = call(cloud, "POST", "/v1/customers", access, customer)
            if status != 201:  # noqa: PLR2004
                raise LocalCloudError(f"A first customer is refused: {status} {answer}")
        return f"{len(customers)} loaded"

    step("customers", load)


def introduce(cloud: LocalCloud) -> None:
    """Say where the system is and how to call it."""
    print(f"""
Dossier is up. The token has every scope and lasts an hour; `make -s token` gives another.

export URL={url(cloud)}
export TOKEN={token(cloud, [])}

curl -s "$URL/services"
curl -s "$URL/v1/customers?limit=2" -H "Authorization: Bearer $TOKEN"
curl -si "$URL/v1/customers" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{{"given_name": "Ada", "email": "ada@example.com"}}'
""")


def use(cloud: LocalCloud) -> None:
    """Make boto3, SAM CLI and make talk to the local cloud and to nothing else."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",  # with the next, the account's root in ministack
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "NO_PROXY": "127.0.0.1,localhost",
        "DOSSIER_PYTHON": sys.executable,
        "DOSSIER_TARGET": "host",
        "SAM_CLI_POLL_DELAY": "0.1",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(ROOT / ".dossier" / "sam"),
    }


def url(cloud: LocalCloud) -> str:
    """The gateway's base URL; this form needs no name resolution, which *.localhost needs on many machines."""
    return f"{cloud.endpoint}/_aws/execute-api/{API_ID}"


def token(cloud: LocalCloud, scopes: list[str]) -> str:
    """An access token of the development client; without scopes, with all."""
    use(cloud)
    return Clients(user_pool_id()).token(CLIENT, scopes, f"{cloud.endpoint}/oauth2/token")


def user_pool_id() -> str:
    """The gateway's user pool."""
    ssm = boto3.client("ssm")
    try:
        return ssm.get_parameter(Name=f"/dossier/{STAGE}/gateway/user-pool-id")["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise LocalCloudError("The gateway is not deployed yet. Deploy it with: make run") from None


def call(cloud: LocalCloud, method: str, path: str, access: str = "", body: Any = None) -> tuple[int, Any]:
    """Call the gateway; status and parsed body."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {access}"} if access else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url(cloud) + path, data=data, headers=headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own gateway
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def step(name: str, work: Callable[[], str]) -> None:
    """Do a piece of work and say that it is done and how long it took."""
    started = time.monotonic()
    outcome = work()
    print(f"  {name:<20} {outcome} ({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)
