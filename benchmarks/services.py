"""The table of representative requests: for each service what it is asked, and what AWS answers it.

A new service needs a function here, named as its folder, and an entry in `SERVICES`.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from boto3.dynamodb.types import TypeSerializer

from fakes.gateway import Gateway
from infra.templates import ROOT

CUSTOMER_ID = "cus_01JDABCDEFGHJKMNPQRSTVWXYZ"
AT = "2026-11-22T15:30:00.000Z"
KEY_ID = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Operation:
    """A request, the status it must be answered with, and its budget of round trips once the process is warm."""

    route_key: str
    status: int
    dynamodb: int
    kms: int = 0
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def event(self, scope: str) -> dict[str, Any]:
        """The gateway's event, for a client that has the scope."""
        headers = {"content-type": "application/json", **self.headers}
        event = Gateway(_nobody, scope).event(self.route_key, self.path, self.query, headers)
        return event if self.body is None else {**event, "body": json.dumps(self.body)}


@dataclass(frozen=True)
class Service:
    """How a service is measured.

    Attributes:
        scope: the scopes of its caller.
        environment: of its function.
        answers: of AWS, by X-Amz-Target.
        operations: by name; `get` is the cold one and is compared with the reference, `refused` fails validation.
        reference: the operations that the reference has too.
        zip_mb: the artefact's budget.
    """

    scope: str
    environment: Mapping[str, str]
    answers: Mapping[str, Any]
    operations: Mapping[str, Operation]
    reference: tuple[str, ...] = ("get",)
    zip_mb: float = 4


def customer() -> Service:
    """The Customer Service."""
    details = {
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": "ada@example.com",
        "phone": "+12025550143",
        "date_of_birth": "1980-12-10",
        "address": {
            "line1": "1 Main Street",
            "city": "San Francisco",
            "region": "CA",
            "postal_code": "94105",
            "country": "US",
        },
        "language": "en-US",
        "metadata": {"tier": "gold", "segment": "retail"},
    }
    item = {
        **details,
        "pk": f"CUS#{CUSTOMER_ID}",
        "sk": "CUSTOMER",
        "listing": "CUSTOMERS#0",
        "id": CUSTOMER_ID,
        "status": "active",
        "created_at": AT,
        "updated_at": AT,
        "version": 1,
    }
    one = "/v1/customers/{customer_id}"
    path = {"customer_id": CUSTOMER_ID}
    matching = {"if-match": '"1"'}
    unknown = {**details, "email": "ada@", "nickname": "Ada"}
    return Service(
        scope="customers/read customers/write customers/erase",
        environment={
            "TABLE_NAME": "customers",
            "LEDGER_NAME": "erasures",
            "EVENTS_TABLE_NAME": "events",
            "EVENT_SOURCE": "/dossier/benchmark/customer",
            "ERASURE_PATH": "/dossier/benchmark/erasure/",
            "SIGNING_KEY_ID": KEY_ID,
        },
        answers={
            "DynamoDB_20120810.GetItem": {"Item": _wire(item)},
            "DynamoDB_20120810.PutItem": {},
            "DynamoDB_20120810.Query": {"Items": [_wire(item)] * 5, "Count": 5, "ScannedCount": 5},
            "DynamoDB_20120810.TransactWriteItems": {},
            "AmazonSSM.GetParametersByPath": {"Parameters": []},
            "TrentService.GenerateMac": {"KeyId": KEY_ID, "Mac": _base64(bytes(32)), "MacAlgorithm": "HMAC_SHA_256"},
        },
        operations={
            "get": Operation(f"GET {one}", 200, dynamodb=1, path=path),
            "create": Operation("POST /v1/customers", 201, dynamodb=1, body=details),
            "update": Operation(
                f"PATCH {one}", 200, dynamodb=2, path=path, body={"given_name": "Augusta"}, headers=matching
            ),
            # The third call reads the services that must confirm, from SSM.
            "erase": Operation(f"DELETE {one}", 202, dynamodb=3, path=path, headers=matching),
            "list": Operation("GET /v1/customers", 200, dynamodb=4, query="limit=10"),
            "refused": Operation("POST /v1/customers", 422, dynamodb=0, body=unknown),
        },
        reference=("get", "create", "list"),
    )


def credit() -> Service:
    """The Credit Score Service."""
    facts = {
        "bureau": "experian",
        "model": "fico",
        "model_version": "8",
        "score": 720,
        "reason_codes": ["14", "5"],
        "scored_at": AT,
    }
    report = {
        **facts,
        "id": "rep_01JDABCDEFGHJKMNPQRSTVWXYZ",
        "customer_id": CUSTOMER_ID,
        "range": {"minimum": 300, "maximum": 850},
        "band": "good",
        "recorded_at": AT,
    }
    newest = {
        "pk": f"FILE#{CUSTOMER_ID}",
        "sk": "HEAD#experian#fico",
        "as_of": f"{AT}#{report['id']}",
        "report": report,
        "expires_at": 4_102_444_800,
    }
    path = {"customer_id": CUSTOMER_ID}
    recorded = {**facts, "scored_at": "2026-11-20T09:30:00Z"}
    scores = "POST /v1/credit/{customer_id}/scores"
    score = "GET /v1/credit/{customer_id}/score"
    return Service(
        scope="credit/read credit/write",
        environment={"TABLE_NAME": "credit", "SIGNING_KEY_ID": KEY_ID},
        answers={
            "DynamoDB_20120810.Query": {"Items": [_wire(newest)], "Count": 1, "ScannedCount": 1},
            "DynamoDB_20120810.TransactWriteItems": {},
        },
        operations={
            "get": Operation(score, 200, dynamodb=2, path=path, query="purpose=credit_extension"),
            "record": Operation(scores, 201, dynamodb=1, path=path, body=recorded),
            "refused": Operation(scores, 422, dynamodb=0, path=path, body={**recorded, "score": 900, "unit": "points"}),
        },
    )


def ssn() -> Service:
    """The Social Security Service."""
    from pydantic import SecretStr  # noqa: PLC0415 - a checkout without this service can still be measured

    from functions.shared.aws.client import Kms  # noqa: PLC0415
    from functions.ssn.vault import SealedField, Vault  # noqa: PLC0415

    sealed = Vault(cast("Kms", _OneDataKey()), dict.fromkeys(SealedField, KEY_ID), "ssn").seal(
        CUSTOMER_ID, SealedField.LAST4, SecretStr("0000")
    )
    keys = {"pk": f"CUS#{CUSTOMER_ID}", "sk": "KEYS", "ssn": bytes(184), "ssn_last4": sealed.wrapped_key}
    data = {
        "pk": f"CUS#{CUSTOMER_ID}",
        "sk": "SSN",
        "kind": "ssn",
        "created_at": AT,
        "updated_at": AT,
        "verified": False,
        "version": 1,
        "ssn": bytes(38),
        "ssn_commitment": bytes(32),
        "ssn_last4": sealed.blob,
        "ssn_last4_commitment": sealed.commitment,
    }
    one = "/v1/ssn/{customer_id}"
    path = {"customer_id": CUSTOMER_ID}
    names = {
        "TABLE_NAME": "ssn",
        "KEYRING_NAME": "keyring",
        "AUDIT_NAME": "audit",
        "JUSTIFICATIONS_NAME": "justifications",
        "VAULT_NAME": "ssn",
    }
    index = {"INDEX_VERSIONS": "1", "INDEX_KEY_1_ID": KEY_ID, "SIGNING_KEY_ID": KEY_ID}
    data_key = {"KeyId": KEY_ID, "Plaintext": _base64(_OneDataKey.plaintext)}
    return Service(
        scope="ssn/read ssn/write",
        environment={**names, **index, "NUMBER_KEY_ID": KEY_ID, "LAST4_KEY_ID": KEY_ID},
        answers={
            "DynamoDB_20120810.TransactGetItems": {"Responses": [{"Item": _wire(data)}, {"Item": _wire(keys)}, {}, {}]},
            "DynamoDB_20120810.TransactWriteItems": {},
            "DynamoDB_20120810.UpdateItem": {},
            "TrentService.Decrypt": data_key,
            "TrentService.GenerateDataKey": {**data_key, "CiphertextBlob": _base64(_OneDataKey.wrapped)},
            "TrentService.GenerateMac": {"KeyId": KEY_ID, "Mac": _base64(bytes(32)), "MacAlgorithm": "HMAC_SHA_256"},
        },
        operations={
            "get": Operation(f"GET {one}", 200, dynamodb=1, kms=1, path=path),
            "replace": Operation(
                f"PUT {one}",
                200,
                dynamodb=4,
                kms=3,
                path=path,
                body={"ssn": "123-45-6789"},
                headers={"if-match": '"1"'},
            ),
            "refused": Operation(f"PUT {one}", 422, dynamodb=0, path=path, body={"ssn": "000-00-0000", "note": "x"}),
        },
        zip_mb=9.5,
    )


SERVICES: dict[str, Callable[[], Service]] = {"customer": customer, "credit": credit, "ssn": ssn}


def deployed() -> list[str]:
    """The services of this checkout that are measured: those with representative requests."""
    return sorted(name for name in SERVICES if (ROOT / "functions" / name / "app.py").exists())


class _OneDataKey:
    """A KMS whose data key is always the same."""

    plaintext = bytes(range(32))
    wrapped = bytes(184)

    def generate_data_key(self, **_: Any) -> dict[str, Any]:
        return {"Plaintext": self.plaintext, "CiphertextBlob": self.wrapped}


def _nobody(event: dict[str, Any], context: object) -> dict[str, Any]:
    raise NotImplementedError


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as DynamoDB sends it."""
    serialize = TypeSerializer().serialize
    return {name: _text(dict(serialize(value))) for name, value in item.items()}


def _text(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": _base64(value["B"])} if "B" in value else value
