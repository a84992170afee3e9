"""The main journey with a generated Python client, type-checked by `mypy --strict`.

`dossier_client` is generated from the running gateway's document. Environment: URL, TOKEN, SSN.
"""

import os
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

from dossier_client import AuthenticatedClient
from dossier_client.api.credit import read_score, record_score
from dossier_client.api.customer import create_customer, erase_customer, patch_customer, read_customer
from dossier_client.api.profile import read_profile
from dossier_client.api.ssn import read_ssn, store_ssn, verify_ssn
from dossier_client.models import (
    Bureau,
    CreditPurpose,
    CreditReport,
    Customer,
    CustomerDetails,
    CustomerPatch,
    DisclosedScore,
    GatewayMessage,
    MaskedSsn,
    NewCreditReport,
    Problem,
    Profile,
    ProfilePartStatus,
    ScoreModelName,
    SsnConsent,
    SsnConsentMethod,
    SsnConsentPurpose,
    SsnVerification,
    SsnVerificationResult,
    SubmittedSsn,
)

URL, SSN = os.environ["URL"], os.environ["SSN"]
UNKNOWN = "cus_00000000000000000000000000"

Model = TypeVar("Model")
client = AuthenticatedClient(base_url=URL, token=os.environ["TOKEN"])


def expect(body: object, kind: type[Model]) -> Model:
    """Return a body of the expected class."""
    if not isinstance(body, kind):
        raise TypeError(f"expected {kind.__name__}: {body}")
    return body


def main() -> None:
    """Walk the journey, and erase the customer whatever happens."""
    details = CustomerDetails(given_name="Ada", email=f"client-{datetime.now(UTC).timestamp()}@example.com")
    created = create_customer.sync_detailed(client=client, body=details)
    customer = expect(created.parsed, Customer)
    try:
        change(customer.id, created.headers["ETag"])
        score(customer.id)
        number(customer.id)
        profile(customer.id)
    finally:
        erase_customer.sync_detailed(customer.id, client=client, if_match="*")
    assert expect(read_customer.sync(customer.id, client=client), Problem).code == "customer_erased"
    errors()
    print("done")  # noqa: T201


def change(customer_id: str, etag: str) -> None:
    """Read the customer and change it."""
    assert expect(read_customer.sync(customer_id, client=client), Customer).family_name is None
    patch = CustomerPatch(family_name="Lovelace")
    patched = patch_customer.sync_detailed(customer_id, client=client, body=patch, if_match=etag)
    assert expect(patched.parsed, Customer).family_name == "Lovelace"
    stale = patch_customer.sync(customer_id, client=client, body=patch, if_match=etag)
    assert expect(stale, Problem).code == "precondition_failed"


def score(customer_id: str) -> None:
    """Record a report and read its score."""
    report = NewCreditReport(
        bureau=Bureau.EXPERIAN,
        model=ScoreModelName.FICO,
        model_version="8",
        score=742,
        scored_at=datetime.now(UTC),
    )
    expect(record_score.sync(customer_id, client=client, body=report), CreditReport)
    disclosed = read_score.sync(customer_id, client=client, purpose=CreditPurpose.ACCOUNT_REVIEW)
    assert expect(disclosed, DisclosedScore).score == 742


def number(customer_id: str) -> None:
    """Store a number, read it masked and verify it."""
    expect(store_ssn.sync(customer_id, client=client, body=SubmittedSsn(ssn=SSN)), MaskedSsn)
    assert expect(read_ssn.sync(customer_id, client=client), MaskedSsn).masked == f"***-**-{SSN[-4:]}"
    consent = SsnConsent(
        consent_id=f"consent-of-{customer_id}",
        given_at=datetime.now(UTC),
        purpose=SsnConsentPurpose.ACCOUNT_REVIEW,
        method=SsnConsentMethod.ELECTRONIC,
    )
    question = SsnVerification(ssn=SSN, consent=consent)
    assert expect(verify_ssn.sync(customer_id, client=client, body=question), SsnVerificationResult).match


def profile(customer_id: str) -> None:
    """Read the profile."""
    found = expect(read_profile.sync(customer_id, client=client, purpose="account_review"), Profile)
    assert [found.customer.status, found.credit.status, found.ssn.status] == [ProfilePartStatus.OK] * 3


def errors() -> None:
    """Errors of a service and of the gateway are values of two classes."""
    unknown = read_customer.sync_detailed(UNKNOWN, client=client)
    assert unknown.status_code == HTTPStatus.NOT_FOUND
    assert expect(unknown.parsed, Problem).code == "customer_not_found"
    stranger = AuthenticatedClient(base_url=URL, token="none")
    refused = read_customer.sync_detailed(UNKNOWN, client=stranger)
    assert refused.status_code == HTTPStatus.UNAUTHORIZED
    assert expect(refused.parsed, GatewayMessage).message == "Unauthorized"


if __name__ == "__main__":
    main()
