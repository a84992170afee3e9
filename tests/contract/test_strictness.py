"""The documents are as strict as the services wherever JSON Schema can express a rule."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from pydantic import BaseModel, ValidationError

from functions.credit.freezes import NewFreeze
from functions.credit.inquiries import NewInquiry
from functions.credit.new_report import NewCreditReport
from functions.credit.reference.purposes import CreditPurpose
from functions.customer.merge_patch import CustomerPatch
from functions.customer.models import Customer, CustomerDetails
from functions.shared.plain.problems import InvalidRequest
from functions.ssn.models import SsnRevealRequest, SsnVerification, SubmittedSsn
from infra.templates import ROOT

ADA = {"given_name": "Ada", "email": "ada@example.com"}
HOME = {"line1": "1 Main St", "city": "Austin", "country": "US"}
REPORT = {
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
    "score": 712,
    "reason_codes": ["14"],
    "scored_at": "2026-01-31T09:30:00Z",
}
INQUIRY = {"kind": "hard", "purpose": "credit_extension", "bureau": "experian", "model": "fico"}
CONSENT = {"consent_id": "c-1", "given_at": "2026-11-20T09:30:00Z", "purpose": "employment", "method": "written"}
REVEAL = {"purpose": "tax_reporting", "justification": "Form 1099 of the tax year"}


@cache
def schema_of(model: type[BaseModel]) -> Any:
    """The validator of a model's component."""
    service = model.__module__.split(".")[1]
    document = json.loads((ROOT / "functions" / service / "openapi.json").read_text(encoding="utf-8"))
    reference = {"$ref": f"#/components/schemas/{model.__name__}", "components": document["components"]}
    return Draft202012Validator(reference)


def accepted(model: type[BaseModel], body: Any) -> bool:
    """Whether the service accepts a body."""
    try:
        found = model.model_validate_json(json.dumps(body), strict=True)
        if isinstance(found, CustomerPatch):
            customer = Customer.create(
                CustomerDetails.model_validate({**ADA, "metadata": {"a": "b"}}), datetime(2026, 1, 1, tzinfo=UTC)
            )
            found.applied_to(customer)
    except (ValidationError, InvalidRequest):
        return False
    return True


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (CustomerDetails, ADA),
        (CustomerDetails, {**ADA, "given_name": None, "family_name": " Lovelace "}),
        (CustomerDetails, {**ADA, "address": HOME | {"region": "TX"}}),
        (CustomerDetails, {**ADA, "address": HOME | {"region": None}}),
        (CustomerDetails, {**ADA, "address": HOME | {"region": "Kent", "country": "GB"}}),
        (CustomerDetails, {**ADA, "metadata": {"a": "two\nlines\tand a tab", "b": ""}}),
        (CustomerDetails, {**ADA, "email": "jörg@straße.de"}),
        (CustomerPatch, {}),
        (CustomerPatch, {"phone": None, "address": None, "metadata": {"a": None, "c": "d"}}),
        (CustomerPatch, {"given_name": None, "family_name": "Lovelace"}),
        (CustomerPatch, {"status": "active", "version": 1, "created_at": "2026-01-01T00:00:00Z"}),
        (CustomerDetails, {**ADA, "given_name": "क्‍ष"}),
        (CustomerPatch, {"address": HOME | {"line2": None}}),
        (NewCreditReport, REPORT),
        (NewCreditReport, {**REPORT, "score": None, "unscorable": "no_file"}),
        (NewCreditReport, {**REPORT, "unscorable": None}),
        (NewCreditReport, {**REPORT, "model": "fico_auto", "score": 900}),
        (NewInquiry, INQUIRY),
        (NewInquiry, {**INQUIRY, "kind": "soft", "purpose": "employment"}),
        (NewFreeze, {"all": {}}),
        (NewFreeze, {"all": {}, "version": 3}),
        (NewFreeze, {"all": None, "experian": {}}),
        (SubmittedSsn, {"ssn": "899-51-2046"}),
        (SubmittedSsn, {"ssn": "899 51 2046"}),
        (SubmittedSsn, {"ssn": "899512046"}),
        (SsnRevealRequest, REVEAL),
    ],
)
def test_service_and_document_accept(model: type[BaseModel], body: dict[str, Any]) -> None:
    assert accepted(model, body)
    schema_of(model).validate(body)


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (CustomerDetails, {"email": "ada@example.com"}),
        (CustomerDetails, {**ADA, "given_name": None}),
        (CustomerDetails, {**ADA, "given_name": " "}),
        (CustomerDetails, {**ADA, "given_name": "A\u0007da"}),
        (CustomerDetails, {**ADA, "given_name": "\u200b"}),
        (CustomerDetails, {**ADA, "given_name": "Ada\u202e"}),
        (CustomerDetails, {**ADA, "metadata": {"a": "b\u200b"}}),
        (CustomerDetails, {**ADA, "email": "ada"}),
        (CustomerDetails, {**ADA, "nickname": "A"}),
        (CustomerDetails, {**ADA, "phone": "2025550143"}),
        (CustomerDetails, {**ADA, "language": "english please"}),
        (CustomerDetails, {**ADA, "address": HOME | {"country": "XX"}}),
        (CustomerDetails, {**ADA, "address": HOME | {"region": "Texas"}}),
        (CustomerDetails, {**ADA, "metadata": {"a": "\u0000"}}),
        (CustomerDetails, {**ADA, "metadata": {"a\u0000b": ""}}),
        (CustomerDetails, {**ADA, "metadata": {"": ""}}),
        (CustomerDetails, {**ADA, "metadata": {str(number): "" for number in range(51)}}),
        (CustomerPatch, {"nickname": "A"}),
        (CustomerPatch, {"email": None}),
        (CustomerPatch, {"version": "1"}),
        (CustomerPatch, {"given_name": 3}),
        (CustomerPatch, {"given_name": None, "family_name": None}),
        (CustomerPatch, {"address": {"line1": None}}),
        (CustomerPatch, {"address": HOME | {"planet": "Earth"}}),
        (CustomerPatch, {"metadata": {"a": 3}}),
        (CustomerPatch, {"metadata": {"a\u0000b": "c"}}),
        (NewCreditReport, {**REPORT, "score": None}),
        (NewCreditReport, {**REPORT, "unscorable": "no_file"}),
        (NewCreditReport, {**REPORT, "model_version": "11"}),
        (NewCreditReport, {**REPORT, "bureau": "equifax", "model_version": "2"}),
        (NewCreditReport, {**REPORT, "score": 299}),
        (NewCreditReport, {**REPORT, "score": 851}),
        (NewCreditReport, {**REPORT, "model": "fico_auto", "score": 901}),
        (NewCreditReport, {**REPORT, "reason_codes": ["00"]}),
        (NewCreditReport, {**REPORT, "reason_codes": ["14", "14"]}),
        (NewCreditReport, {**REPORT, "reason_codes": ["1", "2", "5", "8", "9", "10"]}),
        (NewInquiry, {**INQUIRY, "purpose": "employment"}),
        (NewFreeze, {}),
        (NewFreeze, {"all": None}),
        (NewFreeze, {"experian": None}),
        (NewFreeze, {"all": {}, "experian": {}}),
        (NewFreeze, {"all": {"lifts": [{"start": "2026-03-01T00:00:00Z"}]}}),
        (SubmittedSsn, {"ssn": "000-12-3456"}),
        (SubmittedSsn, {"ssn": "666-12-3456"}),
        (SubmittedSsn, {"ssn": "912-12-3456"}),
        (SubmittedSsn, {"ssn": "899-00-2046"}),
        (SubmittedSsn, {"ssn": "899-51-0000"}),
        (SubmittedSsn, {"ssn": "899-512046"}),
        (SubmittedSsn, {"ssn": "078-05-1120"}),
        (SubmittedSsn, {"ssn": "219099999"}),
        (SsnVerification, {"ssn": "899-51-2046", "consent": CONSENT | {"consent_id": "c 1"}}),
        (SsnRevealRequest, {**REVEAL, "justification": "Form 1099\nof the tax year"}),
        (SsnRevealRequest, {**REVEAL, "justification": "too short"}),
    ],
)
def test_service_and_document_refuse(model: type[BaseModel], body: dict[str, Any]) -> None:
    assert not accepted(model, body)
    assert not schema_of(model).is_valid(body)


def members(always: tuple[str, ...] = (), **values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of these members, each with one of its values; those not in `always` may be missing."""
    drawn = {name: st.sampled_from(among) for name, among in values.items()}
    required = {name: drawn.pop(name) for name in always}
    return st.fixed_dictionaries(required, optional=drawn)


TERMS = [None, {}, {"start": None}]
FREEZES = members(all=TERMS, equifax=TERMS, experian=TERMS, transunion=TERMS, elsewhere=[{}])
INQUIRIES = members(
    kind=["hard", "soft"], purpose=list(CreditPurpose), bureau=["experian", "other"], model=["fico"], other=[1]
)
REPORTS = members(
    ("bureau", "model", "model_version", "scored_at"),
    bureau=["equifax", "experian", "transunion"],
    model=["fico", "fico_auto", "fico_bankcard", "vantagescore"],
    model_version=["2", "3", "4", "5", "8", "9", "10", "10T", "3.0", "4.0"],
    score=[None, 249, 250, 299, 300, 850, 851, 900, 901],
    unscorable=[None, "no_file"],
    scored_at=["2026-01-31T09:30:00Z"],
)
SSNS = st.from_regex(r"\A(000|078|219|666|899|912)([- ]?)(00|05|09|51)([- ]?)(0000|1120|2046|9999)\Z").map(
    lambda ssn: {"ssn": ssn}
)
BODIES = st.one_of(
    st.tuples(st.just(NewFreeze), FREEZES),
    st.tuples(st.just(NewInquiry), INQUIRIES),
    st.tuples(st.just(NewCreditReport), REPORTS),
    st.tuples(st.just(SubmittedSsn), SSNS),
)


@settings(max_examples=400)
@given(BODIES)
def test_service_and_document_agree(drawn: tuple[type[BaseModel], dict[str, Any]]) -> None:
    model, body = drawn
    assert accepted(model, body) == schema_of(model).is_valid(body)
