"""Items that a release of November 2026 stored stay readable: numbers, marks, consents and the audit chain."""

import base64
import hmac
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest

from functions.shared.aws.client import DynamoDB, Kms
from functions.shared.aws.quota import Quotas
from functions.ssn.audit import Requester
from functions.ssn.audit_service import AuditService
from functions.ssn.audit_store import AuditStore
from functions.ssn.blind_index import BlindIndex
from functions.ssn.chain import Chain, chain_key
from functions.ssn.consents import SsnConsent
from functions.ssn.errors import ConsentUsed, SsnErased
from functions.ssn.justifications import Justifications
from functions.ssn.models import SsnPurpose, SsnRevealRequest, SubmittedSsn
from functions.ssn.reveal_service import RevealService
from functions.ssn.service import SsnService
from functions.ssn.store import SsnStore
from functions.ssn.tables import Tables
from functions.ssn.vault import SealedField, Vault
from tests.integration.ssn.vault import ADA, BOB, TABLES, WHY, consent, write
from tests.support.clients import client_of
from tests.support.gateway import Gateway

CAROL = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6J"
REQUESTER = Requester(client_id="client", actor="usr_1", request_id="request-2")


class FixedKms:
    """A KMS whose keys outlive the test: it wraps a data key by prefixing a hash of its key id and context."""

    def generate_mac(self, **request: Any) -> dict[str, Any]:
        """Return the HMAC under the key's id."""
        return {"Mac": hmac.digest(request["KeyId"].encode(), request["Message"], "sha256")}

    def decrypt(self, **request: Any) -> dict[str, Any]:
        """Unwrap a data key."""
        bound = json.dumps([request["KeyId"], request["EncryptionContext"]], sort_keys=True)
        prefix, key = request["CiphertextBlob"][:32], request["CiphertextBlob"][32:]
        assert prefix == sha256(bound.encode()).digest()
        return {"Plaintext": key}


class Services:
    """The services on the stored items."""

    def __init__(self) -> None:
        kms, client = cast("Kms", FixedKms()), cast("DynamoDB", client_of("dynamodb"))
        tables = Tables(*(os.environ[name] for name in TABLES))
        store = SsnStore(client, tables, Chain(lambda: chain_key(kms, "signing")))
        vault = Vault(kms, {SealedField.NUMBER: "number", SealedField.LAST4: "last4"}, "dossier-test-ssn")
        quotas = Quotas(client, tables.data)
        justifications = Justifications(lambda: chain_key(kms, "signing"))
        self.ssn = SsnService(store, vault, BlindIndex(kms, {1: "index-1"}, [1]), quotas)
        self.audit = AuditService(AuditStore(store), justifications)
        self.reveal = RevealService(store, vault, quotas, justifications)


@pytest.fixture
def services(gateway: Gateway) -> Services:
    """The services, with the tables that the release left."""
    del gateway
    text = (Path(__file__).parent / "items_of_2026_11.json").read_text(encoding="utf-8")
    for table, items in json.loads(text).items():
        write(table, [{name: _value(value) for name, value in item.items()} for item in items])
    return Services()


def _value(stored: dict[str, Any]) -> dict[str, Any]:
    return {kind: base64.b64decode(value) if kind == "B" else value for kind, value in stored.items()}


def number(written: str) -> Any:
    """Return a number as a request contains it."""
    return SubmittedSsn.model_validate({"ssn": written}).ssn


def test_stored_numbers_are_read_verified_found_and_revealed(services: Services) -> None:
    read = services.ssn.read(ADA)
    assert (read.masked, read.verified, read.version) == ("***-**-2046", True, 2)
    assert services.ssn.read(BOB).masked == "***-**-2048"
    assert services.ssn.verify(BOB, number("899-51-2048"), SsnConsent.model_validate(consent("c2")), REQUESTER)
    assert services.ssn.lookup(number("899-51-2046"), SsnPurpose.LEGAL_ORDER, REQUESTER) == ADA
    assert services.reveal.reveal(ADA, SsnRevealRequest.model_validate(WHY), REQUESTER).ssn == "899-51-2046"


def test_used_consents_and_tombstones_still_count(services: Services) -> None:
    with pytest.raises(ConsentUsed):
        services.ssn.verify(ADA, number("899-51-2046"), SsnConsent.model_validate(consent("consent-1")), REQUESTER)
    with pytest.raises(SsnErased):
        services.ssn.read(CAROL)


@pytest.mark.parametrize(
    ("customer_id", "actions"),
    [
        (ADA, ["reveal", "lookup", "verify", "store"]),
        (BOB, ["replace", "store"]),
        (CAROL, ["erase", "store"]),
    ],
)
def test_the_audit_chain_is_verified_and_continued(services: Services, customer_id: str, actions: list[str]) -> None:
    page, _ = services.audit.read(customer_id, 10, None)
    assert (page.verified, [entry.action for entry in page.items]) == (True, actions)
    if customer_id != CAROL:
        services.reveal.reveal(customer_id, SsnRevealRequest.model_validate(WHY), REQUESTER)
        page, _ = services.audit.read(customer_id, 10, None)
        assert (page.verified, [entry.action for entry in page.items]) == (True, ["reveal", *actions])


def test_a_justification_that_was_stored_in_the_clear_is_still_shown(services: Services) -> None:
    services.reveal.reveal(ADA, SsnRevealRequest.model_validate(WHY), REQUESTER)
    page, _ = services.audit.read(ADA, 10, None)
    shown = [(entry.justification, entry.justification_missing) for entry in page.items if entry.action == "reveal"]
    assert shown == [(WHY["justification"], None), ("Form 1099-INT of the tax year", None)]
