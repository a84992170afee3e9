"""Credentials of a Lambda function: from its environment, or from the container's endpoint with SnapStart.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from functions.shared.aws.errors import CallUnanswered

# Temporary credentials are replaced before they expire.
RENEWED_BEFORE = timedelta(minutes=5)
SECONDS = 2
# Without TLS, only this machine and the addresses of ECS and EKS may receive the container's token.
PLAIN_HOSTS = {"localhost", "127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}


@dataclass(frozen=True)
class Credentials:
    """Access key id, secret key and session token, which is empty for permanent credentials."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


class CredentialsNotFound(Exception):
    """Neither the environment nor a container endpoint has credentials."""


def source() -> Callable[[], Credentials]:
    """Return a function that returns the current credentials.

    Raises:
        CredentialsNotFound: botocore may find credentials elsewhere, such as in a file.
    """
    if {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= os.environ.keys():
        return _from_environment
    address = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in PLAIN_HOSTS):
        return Container(address).current
    raise CredentialsNotFound


def _from_environment() -> Credentials:
    environment = os.environ
    return Credentials(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN", ""),
    )


class Container:
    """Temporary credentials from a container's endpoint, which are kept until shortly before they expire."""

    def __init__(self, address: str) -> None:
        """Use the endpoint at this URL."""
        self._address = urlsplit(address)
        self._kept: tuple[Credentials, datetime] | None = None

    def current(self) -> Credentials:
        """Return the credentials, with a request to the endpoint if the kept ones expire soon.

        Raises:
            CallUnanswered: the endpoint did not return credentials, and the kept ones have expired.
        """
        now = datetime.now(UTC)
        if self._kept is None or now >= self._kept[1] - RENEWED_BEFORE:
            try:
                self._kept = self._read()
            except (OSError, HTTPException, ValueError, KeyError):
                if self._kept is None or now >= self._kept[1]:
                    raise CallUnanswered("CredentialsUnavailable", maybe_received=False) from None
        return self._kept[0]

    def _read(self) -> tuple[Credentials, datetime]:
        parts = self._address
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request("GET", target, headers=_authorization())
            response = connection.getresponse()
            document = json.loads(response.read())
        finally:
            connection.close()
        credentials = Credentials(document["AccessKeyId"], document["SecretAccessKey"], document["Token"])
        return credentials, datetime.fromisoformat(document["Expiration"])


def _authorization() -> dict[str, str]:
    """Return the header with the container's token. A file's token is read each time, because it changes."""
    file = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    token = (
        Path(file).read_text(encoding="utf-8").strip()
        if file
        else os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    )
    return {"Authorization": token} if token else {}
