"""Clients of DynamoDB, KMS, EventBridge and SSM with boto3's method names, arguments and responses.

The members of requests and responses are those of the services' JSON. In requests, bytes and times are converted.
"""

import json
import re
import zlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any

from functions.shared.aws.errors import CallRefused, CallUnanswered, reasons_of
from functions.shared.aws.transport.connection import Connections
from functions.shared.aws.transport.credentials import Credentials
from functions.shared.aws.transport.endpoint import DYNAMODB, KMS, Service, endpoint, region
from functions.shared.aws.transport.signature import Signer

Item = dict[str, Any]

CONNECT_SECONDS = 1
READ_SECONDS = 2
# Members of KMS's responses that are bytes.
_KMS_BYTES = ("CiphertextBlob", "Mac", "Plaintext", "PublicKey", "Signature")
# The log contains codes, so they must not be any text.
_CODE = re.compile(r"[A-Za-z0-9.]{1,64}")
_WORD = re.compile(r"(?:^|_)([a-z])")


class Calls:
    """A client of an AWS service. Each method is one call, in one attempt."""

    def __init__(self, service: Service, credentials: Callable[[], Credentials]) -> None:
        """Use the endpoint that the environment configures."""
        self._service = service
        self._credentials = credentials
        self._endpoint = endpoint(service)
        self._signer = Signer(region(), service.name, self._endpoint.path)
        self._connections = Connections(self._endpoint, CONNECT_SECONDS, READ_SECONDS)
        self._read = _READERS.get(service.name)

    def __getattr__(self, operation: str) -> Callable[..., Item]:
        """Return the operation with boto3's name, such as `get_item` for GetItem."""
        name = _WORD.sub(lambda word: word[1].upper(), operation)
        call = partial(self._call, f"{self._service.target}.{name}")
        setattr(self, operation, call)
        return call

    def close(self) -> None:
        """Close the idle connections, as `close` of boto3's clients does."""
        self._connections.close()

    def _call(self, target: str, **request: Any) -> Item:
        body = json.dumps(request, default=_plain, separators=(",", ":")).encode()
        headers = {
            "Host": self._endpoint.authority,
            "Content-Type": f"application/x-amz-json-{self._service.json_version}",
            "X-Amz-Target": target,
            "User-Agent": "dossier",
        }
        sent = self._signer.signed(headers, body, self._credentials(), datetime.now(UTC))
        response, content = self._connections.post(sent, body)
        return self._result(response, content)

    def _result(self, response: HTTPResponse, content: bytes) -> Item:
        checksum = response.headers.get("x-amz-crc32")
        if checksum is not None and checksum != str(zlib.crc32(content)):
            raise CallUnanswered("WrongChecksum", maybe_received=True)
        try:
            document = json.loads(content or b"{}", object_hook=self._read)
        except (ValueError, NotBase64, RecursionError):
            document = None
        if response.status == HTTPStatus.OK and isinstance(document, dict):
            return document
        if response.status == HTTPStatus.OK:
            raise CallUnanswered("InvalidResponse", maybe_received=True)
        raise _refusal(response, document if isinstance(document, dict) else {})


def _refusal(response: HTTPResponse, document: Item) -> CallRefused:
    """Return the error of a response. Its code has no namespace, as in `com.amazonaws.dynamodb.v20120810#…`."""
    kind = document.get("__type") or document.get("code") or response.headers.get("x-amzn-errortype") or ""
    code = str(kind).partition(":")[0].rpartition("#")[2]
    if not _CODE.fullmatch(code):
        code = f"Http{response.status}"
    request_id = response.headers.get("x-amzn-requestid", "")
    return CallRefused(code, response.status, request_id, reasons_of(document), document.get("Item"))


def _plain(value: object) -> str | float:
    """Return bytes as base64, and a time in seconds."""
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"A request cannot contain {type(value).__name__}.")


def _read_attribute(members: Item) -> Item:
    """Decode a binary attribute of DynamoDB. An attribute that is named B has an object as its value."""
    value = members.get("B")
    if isinstance(value, str):
        return {"B": b64decode(value, validate=True)}
    values = members.get("BS")
    if isinstance(values, list):
        return {"BS": [b64decode(one, validate=True) for one in values]}
    return members


def _read_blobs(members: Item) -> Item:
    for name in _KMS_BYTES:
        if name in members:
            members[name] = b64decode(members[name], validate=True)
    return members


_READERS: dict[str, Callable[[Item], Item]] = {DYNAMODB.name: _read_attribute, KMS.name: _read_blobs}
