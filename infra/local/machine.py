"""This machine: its ports, requests without a proxy, and an environment from which only one AWS can be reached."""

import json
import os
import socket
from typing import Any

import urllib3

from infra.bootstrap import ROOT

MAX_PORT = 65535


def is_free(port: int) -> bool:
    """Return whether no process listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def first_free(wanted: int) -> int | None:
    """Return the first free port of the fifty from `wanted` on; None if none is free."""
    return next(filter(is_free, range(wanted, min(wanted + 50, MAX_PORT + 1))), None)


def request(method: str, url: str, *, token: str = "", body: Any = None, timeout: float = 20) -> tuple[int, Any]:
    """Send a request to a process on this machine.

    Args:
        method: the method.
        url: the address.
        token: access token.
        body: sent as JSON, unless it is None.
        timeout: seconds to wait for the response.

    Returns:
        The status and the body. The body is a text if it is not JSON.

    Raises:
        ConnectionError: no response.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        response = urllib3.request(method, url, json=body, headers=headers, timeout=timeout, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise ConnectionError(str(error)) from None
    text = response.data.decode(errors="replace")
    try:
        return response.status, json.loads(text)
    except ValueError:
        return response.status, text


def reach_only(endpoint: str, user: str, **variables: str) -> None:
    """Let boto3, SAM CLI and make call the AWS at one address, and no other. `user` is the key and the secret."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": user,
        "AWS_SECRET_ACCESS_KEY": user,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "__SAM_CLI_APP_DIR": str(ROOT / ".dossier" / "sam"),
        **variables,
    }
