"""Endpoints of AWS services.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# Domain of each partition's endpoints, by the beginning of its regions' names. Other regions use AWS's usual domain.
DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "eusc-": "amazonaws.eu",
}
# Paths that are their own canonical form in a signature.
_PATH = re.compile(r"(/[A-Za-z0-9_-]+)*/?")
LEFT_OUT = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")


@dataclass(frozen=True)
class Service:
    """An AWS service with a JSON protocol.

    Attributes:
        name: signing name, which is the first label of its endpoint too.
        variable: end of the environment variable of its endpoint.
        target: first part of the header X-Amz-Target.
        json_version: of the protocol, 1.0 or 1.1.
    """

    name: str
    variable: str
    target: str
    json_version: str


DYNAMODB = Service("dynamodb", "DYNAMODB", "DynamoDB_20120810", "1.0")
KMS = Service("kms", "KMS", "TrentService", "1.1")
EVENTS = Service("events", "EVENTBRIDGE", "AWSEvents", "1.1")
SSM = Service("ssm", "SSM", "AmazonSSM", "1.1")


@dataclass(frozen=True)
class Endpoint:
    """Address of a service in a region.

    Attributes:
        secure: HTTPS.
        host: name or address, without brackets.
        port: TCP port.
        authority: value of the header Host.
        path: of the URL, at least a slash.
    """

    secure: bool
    host: str
    port: int
    authority: str
    path: str = "/"


class EndpointUnsupported(Exception):
    """The environment asks for an endpoint that only botocore finds."""


def region() -> str:
    """Return the region of the function."""
    return os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]


def endpoint(service: Service) -> Endpoint:
    """Return the endpoint of a service.

    Raises:
        EndpointUnsupported: FIPS or dual-stack endpoints are asked for, or the configured URL is not a plain one.
    """
    configured = ""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
        configured = os.environ.get(f"AWS_ENDPOINT_URL_{service.variable}") or os.environ.get("AWS_ENDPOINT_URL", "")
    if configured:
        return _configured(configured)
    for variable in LEFT_OUT:
        if os.environ.get(variable, "").lower() == "true":
            raise EndpointUnsupported(f"{variable} needs botocore. Set DOSSIER_TRANSPORT=botocore.")
    place = region()
    domain = next((domain for start, domain in DOMAINS.items() if place.startswith(start)), "amazonaws.com")
    host = f"{service.name}.{place}.{domain}"
    return Endpoint(secure=True, host=host, port=443, authority=host)


def _configured(url: str) -> Endpoint:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not _PATH.fullmatch(parts.path):
        raise EndpointUnsupported("This endpoint URL needs botocore. Set DOSSIER_TRANSPORT=botocore.")
    secure = parts.scheme == "https"
    default = 443 if secure else 80
    port = parts.port or default
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Endpoint(secure, parts.hostname, port, name if port == default else f"{name}:{port}", parts.path or "/")
