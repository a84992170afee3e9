"""What each operation of the Social Security Service costs: calls to KMS and DynamoDB, and processor time of its own.

    python -m benchmarks.vault

Real requests on moto, whose own time is taken off: what is left is ours, chalice, pydantic and cryptography included,
and nothing of botocore. Medians of processor time in one process.
"""

import os
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any, ClassVar, cast

import boto3
import pytest
from moto import mock_aws

from fakes.gateway import Answer, Gateway
from functions.shared.aws import client as aws
from functions.shared.aws.quota import Quota, Quotas
from functions.shared.plain import log
from functions.shared.plain.clock import now, rfc3339
from functions.ssn import app, reveal
from infra.local.sam.resources import create_key, create_table
from infra.templates import ROOT, load, resources

ROUNDS = 60
SCOPES = "ssn/read ssn/write ssn/erase ssn/verify ssn/lookup ssn/reveal ssn/export ssn/audit"
TABLES = {
    "TABLE_NAME": "Table",
    "KEYRING_NAME": "Keyring",
    "AUDIT_NAME": "Audit",
    "JUSTIFICATIONS_NAME": "Justifications",
}
KEYS = {
    "NUMBER_KEY_ID": "NumberKey",
    "LAST4_KEY_ID": "Last4Key",
    "INDEX_KEY_1_ID": "IndexKey1",
    "INDEX_KEY_2_ID": "IndexKey2",
    "SIGNING_KEY_ID": "SigningKey",
}
ONE = "/v1/ssn/{customer_id}"
WHY = {"purpose": "tax_reporting", "justification": "Form 1099-INT of the tax year"}
_numbers = (f"123-{number // 10000 + 10:02}-{number % 10000:04}" for number in count(1))


class Metered:
    """A client whose calls are counted and timed."""

    calls: ClassVar[Counter[str]] = Counter()
    seconds = 0.0

    def __init__(self, service: str) -> None:
        """Stand before moto's client of a service."""
        self._service = service
        self._client = boto3.client(cast("Any", service))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """An operation of the client."""
        return partial(self._call, getattr(self._client, operation))

    def _call(self, operation: Callable[..., Any], **request: Any) -> Any:
        Metered.calls[self._service] += 1
        started = time.process_time()
        try:
            return operation(**request)
        finally:
            Metered.seconds += time.process_time() - started


def main() -> None:
    """Print the table."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        environment = {"AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t", "AWS_DEFAULT_REGION": "us-east-1"}
        environment |= {"AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled", "VAULT_NAME": "bench", "INDEX_VERSIONS": "1"}
        for name, value in environment.items():
            patch.setenv(name, value)
        template = load(ROOT / "functions" / "ssn" / "template.yaml")
        tables, keys = (resources(template, f"AWS::{kind}") for kind in ("DynamoDB::Table", "KMS::Key"))
        for name, table in TABLES.items():
            patch.setenv(name, create_table(table, tables[table])["Ref"])
        for name, key in KEYS.items():
            patch.setenv(name, create_key(keys[key])["Arn"])
        patch.setattr(aws, "session", _Session)
        # A hundred of each an hour would end the measurement.
        patch.setattr(Quotas, "take", _unlimited(Quotas.take))
        log.logger.setLevel("CRITICAL")
        _print(_measured(Gateway(_route, scope=SCOPES, headers={"Dossier-Actor": "bench"})))


class _Session:
    def create_client(self, service: str, **_: Any) -> Metered:
        return Metered(service)


def _unlimited(take: Callable[..., None]) -> Callable[..., None]:
    return lambda self, quota, subject: take(self, Quota(quota.name, 10**9, quota.window), subject)


def _route(event: dict[str, Any], context: object) -> dict[str, Any]:
    service = reveal.app if event["routeKey"].endswith("/reveal") else app.app
    return service(event, context)


def _measured(gateway: Gateway) -> dict[str, list[tuple[float, Counter[str]]]]:
    found: dict[str, list[tuple[float, Counter[str]]]] = defaultdict(list)
    for number in range(ROUNDS):
        for name, operation in _operations(gateway, number).items():
            found[name].append(_one(operation))
    return found


def _operations(gateway: Gateway, number: int) -> dict[str, Callable[[], Answer]]:
    path = {"customer_id": f"cus_01JD8Z4Q7X9V5T3R1N0M2K{number:04}"}
    ssn, other = next(_numbers), next(_numbers)
    consent = {
        "consent_id": str(number),
        "given_at": rfc3339(now() - timedelta(days=1)),
        "purpose": "credit_transaction",
        "method": "electronic",
    }
    lookup = {"ssn": ssn, "purpose": "fraud_investigation"}
    revoked = {"client_id": "bench", "consent_id": f"revoked-{number}"}
    any_version = {"If-Match": "*"}
    return {
        "store": partial(gateway.call, f"PUT {ONE}", path=path, body={"ssn": ssn}),
        "store again": partial(gateway.call, f"PUT {ONE}", path=path, body={"ssn": ssn}),
        "read masked": partial(gateway.call, f"GET {ONE}", path=path),
        "verify": partial(gateway.call, f"POST {ONE}/verify", path=path, body={"ssn": ssn, "consent": consent}),
        "look up": partial(gateway.call, "POST /v1/ssn/lookup", body=lookup),
        "reveal": partial(gateway.call, f"POST {ONE}/reveal", path=path, body=WHY),
        "consents": partial(gateway.call, f"GET {ONE}/consents", path=path),
        "revoke": partial(gateway.call, f"POST {ONE}/consents/revocations", path=path, body=revoked),
        "export": partial(gateway.call, f"GET {ONE}/export", path=path, query={"reference": "bench"}),
        "audit": partial(gateway.call, f"GET {ONE}/audit", path=path),
        "replace": partial(gateway.call, f"PUT {ONE}", path=path, body={"ssn": other}, headers=any_version),
        "erase": partial(gateway.call, f"DELETE {ONE}", path=path, headers=any_version),
    }


def _one(operation: Callable[[], Answer]) -> tuple[float, Counter[str]]:
    Metered.calls, Metered.seconds = Counter(), 0.0
    started = time.process_time()
    answer = operation()
    seconds = time.process_time() - started - Metered.seconds
    assert answer.status < 300, answer.text  # noqa: S101, PLR2004 - a refusal would be a figure of something else
    return seconds, Metered.calls


def _print(found: dict[str, list[tuple[float, Counter[str]]]]) -> None:
    sys.stdout.write(f"{'operation':<12} {'KMS':>4} {'DynamoDB':>9} {'own ms':>7}\n")
    for name, samples in found.items():
        [(calls, _)] = Counter(tuple(sorted(calls.items())) for _, calls in samples[1:]).most_common(1)
        counted = dict(calls)
        own = statistics.median(seconds for seconds, _ in samples) * 1000
        sys.stdout.write(f"{name:<12} {counted.get('kms', 0):>4} {counted.get('dynamodb', 0):>9} {own:>7.2f}\n")


if __name__ == "__main__":
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    main()
