"""Brings Dossier up in the local cloud: the gateway, services side by side, a client that it admits, customers."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3

from infra.bootstrap import ROOT
from infra.deploy.clients import Clients, user_pool_id
from infra.deploy.deployment import deploy
from infra.deploy.settings import LOCAL
from infra.deploy.stacks import Stack, architecture, ensure_bucket, gateway_and_services
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.local.deployer import BUCKET, LocalDeployer
from infra.steps import step
from infra.templates import load, resources

STAGE = LOCAL
# ministack gives an API this id when it carries the tag, so that the URL outlives a reset; eight hexadecimal digits.
API_ID = "d0551e00"
API_ID_TAG = "ms-custom-id"
CLIENT = "development"
TOPIC = "dossier-alarms"
CUSTOMER = "customer"
HEALTHY_SECONDS = 30
# A service without a health of its own is unknown.
HEALTHY = {"ok", "unknown"}
CUSTOMERS = Path(__file__).parent / "customers.json"


def up(cloud: LocalCloud) -> list[str]:
    """Start what is not running, deploy what has changed, and return the unhealthy services of functions/.

    Raises:
        LocalCloudError: the local cloud does not start or cannot save its data, or the system does not answer.
        DeploymentFailed: a stack does not come up.
    """
    if cloud.running:
        cloud.save()
    else:
        step("local cloud", lambda: f"started on port {cloud.start()}")
    use(cloud)
    gateway, services = stacks(url(cloud))
    ensure_bucket(BUCKET)
    boto3.client("sns").create_topic(Name=TOPIC)
    report_missing(cloud)
    deploy([gateway, *services], LocalDeployer(cloud.build))
    tell_of_orphans([gateway, *services])
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
    """The gateway's and the services' stacks as they are deployed here."""
    gateway, services = gateway_and_services(
        STAGE,
        {
            "PythonRuntime": f"python{sys.version_info.major}.{sys.version_info.minor}",
            "Architecture": architecture(),
            "PublicUrl": public_url,
            "ReservedEmailDomains": "allow",
            "AlarmTopic": f"arn:aws:sns:us-east-1:000000000000:{TOPIC}",
            # The caller of `make vault` is the account's root here.
            "Operators": "arn:aws:iam::000000000000:root",
            # ministack issues tokens beside its APIs.
            "TokenUrl": f"{public_url.partition('/_aws/')[0]}/oauth2/token",
        },
    )
    gateway.tags[API_ID_TAG] = API_ID
    return gateway, services


def report_missing(cloud: LocalCloud) -> None:
    """Print which tables, keys and functions no longer exist. The next deployment creates them again, empty."""
    for stack, names in cloud.forget_missing().items():
        service = stack.removeprefix(f"dossier-{STAGE}-")
        print(f"  {service:<20} missing: {', '.join(names)}; created again, without data", file=sys.stderr)


def tell_of_orphans(stacks: list[Stack]) -> None:
    """Name services that are still deployed though their folders are gone."""
    prefix = f"dossier-{STAGE}-"
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
    """Give the development client every scope there is, and let it through the gateway."""
    clients = Clients(user_pool_id(STAGE))
    clients.ensure(CLIENT, clients.scopes())
    step(f"client {CLIENT}", lambda: "admitted by the gateway" if clients.admit(gateway.stack_name) else "unchanged")


def apply_cors(gateway: Stack) -> None:
    """Set the gateway's CORS by a call of its own.

    ministack 1.5.33 keeps what CloudFormation sets under names that its gateway does not read, and refuses every
    preflight (tried); what UpdateApi sets is read.
    """
    template = load(gateway.template)
    cors: Any = dict(resources(template, "AWS::ApiGatewayV2::Api")["Api"]["CorsConfiguration"])
    origins = gateway.parameters.get("AllowedOrigins", template["Parameters"]["AllowedOrigins"]["Default"])
    cors["AllowOrigins"] = origins.split(",")
    boto3.client("apigatewayv2").update_api(ApiId=API_ID, CorsConfiguration=cors)


def wait_until_healthy(cloud: LocalCloud, own: set[str]) -> dict[str, str]:
    """Wait until the services of functions/ are healthy, and return the status of each service that is not.

    Other services, such as those of examples/, are not waited for: their servers may be stopped.

    Raises:
        LocalCloudError: the gateway does not answer.
    """
    deadline = time.monotonic() + HEALTHY_SECONDS
    access = token(cloud, [])
    while True:
        status, answer = call(cloud, "GET", "/health", access)
        services = answer.get("services", {})
        unhealthy = {name: said for name, said in services.items() if said not in HEALTHY}
        if services and not own & set(unhealthy):
            return unhealthy
        if time.monotonic() > deadline:
            if services:
                return unhealthy
            raise LocalCloudError(f"The gateway does not answer: GET /health returns {status} {answer}. See: make logs")
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
    """Print the system's pages, and how to call it."""
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
        "DOSSIER_TARGET": "host",
        "SAM_CLI_POLL_DELAY": "0.1",
        "__SAM_CLI_APP_DIR": str(ROOT / ".dossier" / "sam"),
    }


def url(cloud: LocalCloud) -> str:
    """The gateway's base URL; this form needs no name resolution, which *.localhost needs on many machines."""
    return f"{cloud.endpoint}/_aws/execute-api/{API_ID}"


def token(cloud: LocalCloud, scopes: list[str]) -> str:
    """An access token of the development client; without scopes, with all."""
    use(cloud)
    return Clients(user_pool_id(STAGE)).token(CLIENT, scopes, token_url(cloud))


def token_url(cloud: LocalCloud) -> str:
    """Where clients exchange their credentials for a token."""
    return f"{cloud.endpoint}/oauth2/token"


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
