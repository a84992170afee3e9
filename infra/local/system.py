"""Deploys Dossier to the local cloud: the gateway, the services, a client and the first customers."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from infra.bootstrap import ROOT
from infra.commands import step
from infra.deploy.clients import Clients, user_pool_id
from infra.deploy.deployment import deploy
from infra.deploy.settings import ARCHITECTURE, LOCAL, RUNTIME
from infra.deploy.stacks import Stack, gateway_and_services
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.local.deployer import LocalDeployer, ensure_bucket
from infra.local.machine import reach_only, request
from infra.templates import load, resources

# ministack uses the tag's value as the API's id: the URL outlives a reset. It must be eight hexadecimal digits.
API_ID = "d0551e00"
API_ID_TAG = "ms-custom-id"
CLIENT = "development"
TOPIC = "dossier-alarms"
CUSTOMER = "customer"
HEALTHY_SECONDS = 30
# A service without a route for its health is unknown.
HEALTHY = {"ok", "unknown"}
CUSTOMERS = Path(__file__).parent / "customers.json"


def up(cloud: LocalCloud) -> list[str]:
    """Start the local cloud, deploy what has changed, and return the unhealthy services of functions/.

    Raises:
        LocalCloudError: the local cloud does not start or cannot save its data, or the system does not respond.
        DeploymentFailed: a stack cannot be deployed.
    """
    if cloud.running:
        cloud.save()
        named, port = os.environ.get("DOSSIER_PORT"), cloud.endpoint.rpartition(":")[2]
        if named not in {None, "", port}:
            print(f"The local cloud runs on port {port}. For another port: make stop, then make run", file=sys.stderr)
    else:
        step("local cloud", lambda: f"started on port {cloud.start()}")
    use(cloud)
    gateway, services = stacks(url(cloud))
    ensure_bucket()
    boto3.client("sns").create_topic(Name=TOPIC)
    report_missing(cloud)
    deploy([gateway, *services], LocalDeployer(cloud.build))
    report_orphans([gateway, *services])
    admit_client(gateway)
    apply_cors(gateway)
    own = {service.name for service in services}
    unhealthy = wait_until_healthy(cloud, own)
    for name, status in unhealthy.items():
        print(f"  {name:<20} unhealthy: {status}", file=sys.stderr)
    if CUSTOMER not in unhealthy:
        load_customers(cloud)
    cloud.save()
    return sorted(own & set(unhealthy))


def stacks(public_url: str) -> tuple[Stack, list[Stack]]:
    """Return the gateway's and the services' stacks."""
    gateway, services = gateway_and_services(
        LOCAL,
        {
            "PythonRuntime": RUNTIME,
            "Architecture": ARCHITECTURE,
            "PublicUrl": public_url,
            "ReservedEmailDomains": "allow",
            "AlarmTopic": f"arn:aws:sns:us-east-1:000000000000:{TOPIC}",
            # The caller of `make vault` is the account's root here.
            "Operators": "arn:aws:iam::000000000000:root",
            # ministack issues tokens next to its APIs.
            "TokenUrl": f"{public_url.partition('/_aws/')[0]}/oauth2/token",
        },
    )
    gateway.tags[API_ID_TAG] = API_ID
    return gateway, services


def report_missing(cloud: LocalCloud) -> None:
    """Print which tables, keys and functions no longer exist. The next deployment creates them again, empty."""
    for stack, names in cloud.forget_missing().items():
        service = stack.removeprefix(f"dossier-{LOCAL}-")
        print(f"  {service:<20} missing: {', '.join(names)}; created again, without data", file=sys.stderr)


def report_orphans(stacks: list[Stack]) -> None:
    """Print the services that are still deployed without their folder."""
    prefix = f"dossier-{LOCAL}-"
    known = {stack.stack_name for stack in stacks}
    known |= {f"{prefix}{template.parent.name}" for template in ROOT.glob("examples/*/template.yaml")}
    for page in boto3.client("cloudformation").get_paginator("describe_stacks").paginate():
        for found in page["Stacks"]:
            name = found["StackName"]
            if name.startswith(prefix) and name not in known:
                service = name.removeprefix(prefix)
                print(
                    f"  {service} is still deployed; its folder is gone: make delete SERVICE={service}", file=sys.stderr
                )


def admit_client(gateway: Stack) -> None:
    """Create the development client with every scope, and admit it to the gateway."""
    clients = Clients(user_pool_id(LOCAL))
    clients.ensure(CLIENT, clients.scopes())
    step(f"client {CLIENT}", lambda: "admitted by the gateway" if clients.admit(gateway.stack_name) else "unchanged")


def apply_cors(gateway: Stack) -> None:
    """Set the gateway's CORS with UpdateApi.

    ministack 1.5.33 stores CORS of CloudFormation under names that its gateway does not read, and refuses every
    preflight.
    """
    template = load(gateway.template)
    cors: Any = dict(resources(template, "AWS::ApiGatewayV2::Api")["Api"]["CorsConfiguration"])
    origins = gateway.parameters.get("AllowedOrigins", template["Parameters"]["AllowedOrigins"]["Default"])
    cors["AllowOrigins"] = origins.split(",")
    boto3.client("apigatewayv2").update_api(ApiId=API_ID, CorsConfiguration=cors)


def wait_until_healthy(cloud: LocalCloud, own: set[str]) -> dict[str, str]:
    """Wait until the services of functions/ are healthy, and return the status of each service that is not.

    It does not wait for other services, such as those of examples/: their servers may be stopped.

    Raises:
        LocalCloudError: the gateway does not respond.
    """
    deadline = time.monotonic() + HEALTHY_SECONDS
    access = token(cloud, [])
    while True:
        status, health = call(cloud, "GET", "/health", access)
        services = health.get("services", {}) if isinstance(health, dict) else {}
        unhealthy = {name: state for name, state in services.items() if state not in HEALTHY}
        if services and not own & set(unhealthy):
            return unhealthy
        if time.monotonic() > deadline:
            if services:
                return unhealthy
            raise LocalCloudError(
                f"The gateway does not respond: GET /health returns {status} {health}. See: make logs"
            )
        time.sleep(0.2)


def load_customers(cloud: LocalCloud) -> None:
    """Load a few customers into an empty table."""
    access = token(cloud, ["customers/read", "customers/write"])
    _, page = call(cloud, "GET", "/v1/customers?limit=1", access)
    if page["items"]:
        return
    customers = json.loads(CUSTOMERS.read_text(encoding="utf-8"))

    def load() -> str:
        for customer in customers:
            status, answer = call(cloud, "POST", "/v1/customers", access, customer)
            if status != 201:  # noqa: PLR2004
                raise LocalCloudError(f"A first customer is refused: {status} {answer}")
        return f"{len(customers)} loaded"

    step("customers", load)


def introduce(cloud: LocalCloud) -> None:
    """Print the addresses of the system's pages, and commands that call it."""
    base = url(cloud)
    print(
        f"""
Dossier is up.
  services  {base}/
  API       {base}/docs

export URL={base}
export TOKEN=$(make -s token)      # every scope, for an hour

curl -s "$URL/services"
curl -s "$URL/v1/customers?limit=2" -H "Authorization: Bearer $TOKEN"
curl -si "$URL/v1/customers" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{{"given_name": "Ada", "email": "ada@example.com"}}'
""",
        flush=True,
    )


def use(cloud: LocalCloud) -> None:
    """Let boto3, SAM CLI and make call the local cloud, and no AWS."""
    # The key and the secret of ministack's root account are `test`.
    more = {"NO_PROXY": "127.0.0.1,localhost", "DOSSIER_TARGET": "host", "SAM_CLI_POLL_DELAY": "0.1"}
    reach_only(cloud.endpoint, "test", **more)


def url(cloud: LocalCloud) -> str:
    """Return the gateway's base URL. It is not a name below localhost, which many machines cannot resolve."""
    return f"{cloud.endpoint}/_aws/execute-api/{API_ID}"


def token(cloud: LocalCloud, scopes: list[str]) -> str:
    """Return an access token of the development client; without scopes, with all."""
    use(cloud)
    return Clients(user_pool_id(LOCAL)).token(CLIENT, scopes, token_url(cloud))


def token_url(cloud: LocalCloud) -> str:
    """Return the address at which clients get tokens."""
    return f"{cloud.endpoint}/oauth2/token"


def call(cloud: LocalCloud, method: str, path: str, access: str, body: Any = None) -> tuple[int, Any]:
    """Send a request to the gateway with an access token, and return status and body."""
    return request(method, url(cloud) + path, token=access, body=body)
