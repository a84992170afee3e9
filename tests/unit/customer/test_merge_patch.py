"""JSON Merge Patch (RFC 7396) of a customer's details."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.customer.merge_patch import CustomerPatch
from functions.customer.models import Customer, CustomerDetails
from functions.shared.plain.problems import InvalidRequest
from tests.support.customers import ADA

AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


def customer(**members: Any) -> Customer:
    """A customer with all members but those that are given as None."""
    given = {name: value for name, value in {**ADA, **members}.items() if value is not None}
    return Customer.create(CustomerDetails.model_validate_json(json.dumps(given), strict=True), AT)


def applied(patch: Any, to: Customer) -> dict[str, Any]:
    """The details after a patch that came as JSON."""
    changed = CustomerPatch.model_validate_json(json.dumps(patch), strict=True).applied_to(to)
    return changed.model_dump(mode="json", exclude_none=True)


def reference(target: Any, patch: Any) -> Any:
    """The pseudocode of RFC 7396, section 2, word for word."""
    if isinstance(patch, dict):
        if not isinstance(target, dict):
            target = {}
        for name, value in patch.items():
            if value is None:
                if name in target:
                    del target[name]
            else:
                target[name] = reference(target.get(name), value)
        return target
    return patch


@pytest.mark.parametrize(
    ("original", "patch", "result"),
    # RFC 7396, appendix A, as far as metadata can hold it: an object of texts.
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": "foo"}, None, {}),
        ({}, {"a": None, "b": "c"}, {"b": "c"}),
    ],
)
def test_the_rfcs_examples(original: dict[str, str], patch: Any, result: dict[str, str]) -> None:
    assert applied({"metadata": patch}, customer(metadata=original))["metadata"] == result


@pytest.mark.parametrize(
    ("original", "patch"),
    # The rest of appendix A: the result is no object of texts.
    [
        ({"a": "c"}, {"a": ["b"]}),
        ({"a": "b"}, ["c"]),
        ({"a": "foo"}, "bar"),
        ({}, {"a": {"bb": {"ccc": None}}}),
        ({"a": "b"}, {"a": {"b": "d", "c": None}}),
        ({"a": "b"}, {"a": [1]}),
    ],
)
def test_a_result_that_does_not_fit_is_refused(original: dict[str, str], patch: Any) -> None:
    with pytest.raises(InvalidRequest):
        applied({"metadata": patch}, customer(metadata=original))


def test_an_empty_patch_changes_nothing() -> None:
    assert applied({}, customer()) == ADA


def test_members_are_set_kept_and_removed() -> None:
    patch = {"given_name": "Augusta", "phone": None, "address": {"line1": "2 Way", "line2": None}}
    expected = {**ADA, "given_name": "Augusta", "address": {**ADA["address"], "line1": "2 Way"}}
    del expected["phone"]
    del expected["address"]["line2"]
    assert applied(patch, customer()) == expected


def test_an_address_can_be_made_member_by_member_only_if_it_is_complete() -> None:
    without = customer(address=None)
    with pytest.raises(InvalidRequest):
        applied({"address": {"city": "Town"}}, without)
    address = {"line1": "1 Way", "city": "Town", "country": "FR"}
    assert applied({"address": {**address, "line2": None}}, without)["address"] == address


def test_moving_to_another_country_judges_the_region_anew() -> None:
    to_canada = applied({"address": {"country": "CA"}}, customer())
    assert to_canada["address"] == {**ADA["address"], "country": "CA"}
    ontario = customer(address={**ADA["address"], "country": "CA", "region": "Ontario"})
    with pytest.raises(InvalidRequest):
        applied({"address": {"country": "US"}}, ontario)


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"email": None}, "/email"),
        ({"given_name": None, "family_name": None}, "/given_name"),
        ({"phone": "5"}, "/phone"),
        ({"metadata": {"tier": 5}}, "/metadata/tier"),
        ({"metadata": {str(number): "" for number in range(49)}}, "/metadata"),
        ({"id": "cus_x"}, "/id"),
        ({"version": 9}, "/version"),
        ({"status": "closed"}, "/status"),
        ({"address": {"country": None}}, "/address/country"),
        ({"address": "1 Way"}, "/address"),
    ],
)
def test_what_would_not_fit_is_refused_with_a_pointer(patch: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        applied(patch, customer())
    assert [shown["pointer"] for shown in refusal.value.errors] == [pointer]


def test_removing_a_member_that_is_missing_does_nothing() -> None:
    assert applied({"phone": None, "metadata": {"x": None}}, customer(phone=None)) == {
        name: value for name, value in ADA.items() if name != "phone"
    }


@pytest.mark.parametrize("value", [None, 5, "", {}])
def test_unknown_members_are_refused_whatever_their_value(value: Any) -> None:
    patch = {"surprise": value, "address": {"planet": value}}
    with pytest.raises(InvalidRequest) as refusal:
        applied(patch, customer())
    assert refusal.value.errors == [
        {"pointer": "/address/planet", "message": "Not known here"},
        {"pointer": "/surprise", "message": "Not known here"},
    ]
    with pytest.raises(InvalidRequest) as refusal:
        applied({"address": {"planet": value}}, customer(address=None))
    assert "/address/planet" in [error["pointer"] for error in refusal.value.errors]


READ = {"created_at": "2026-11-22T15:30:00.000Z", "updated_at": "2026-11-22T15:30:00.000Z", "status": "active"}


@pytest.mark.parametrize(
    "sent", [READ, {"version": 1}, {"created_at": "2026-11-22T10:30:00-05:00"}, {"updated_at": "2026-11-22t15:30:00z"}]
)
def test_read_only_members_may_be_sent_back_unchanged(sent: dict[str, Any]) -> None:
    assert applied(sent, customer()) == ADA


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"status": "closed"}, "Change the status with POST /v1/customers/{customer_id}/status"),
        ({"status": None}, "Change the status with POST /v1/customers/{customer_id}/status"),
        *(
            ({name: value}, "Set by the service. Leave it out, or send the value that GET returns")
            for name, value in [
                ("id", "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
                ("version", 2),
                ("version", True),
                ("version", "1"),
                ("created_at", "2026-11-22T15:30:00.001Z"),
                ("created_at", "2026-11-22"),
                ("updated_at", None),
                ("updated_at", 1795361400),
            ]
        ),
    ],
)
def test_a_changed_read_only_member_is_refused_with_the_way_to_change_it(sent: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        applied(sent, customer())
    assert refusal.value.errors == [{"pointer": f"/{next(iter(sent))}", "message": message}]


@pytest.mark.parametrize("patch", [[], "Ada", 5, None, True])
def test_a_patch_is_an_object(patch: Any) -> None:
    with pytest.raises(ValidationError):
        CustomerPatch.model_validate_json(json.dumps(patch), strict=True)


FITTING = {
    "given_name": st.sampled_from(["Augusta", "Zo\u00eb"]),
    "family_name": st.just("King"),
    "email": st.just("augusta@example.com"),
    "phone": st.just("+442071838750"),
    "date_of_birth": st.just("1915-12-10"),
    "language": st.sampled_from(["en", "fr-CA"]),
    "address": st.fixed_dictionaries(
        {},
        optional={
            "line1": st.just("2 Way"),
            "line2": st.none() | st.just("Apt 5"),
            "city": st.just("Town"),
            "region": st.none() | st.just("NY"),
            "country": st.sampled_from(["US", "FR"]),
        },
    ),
    "metadata": st.dictionaries(st.sampled_from(["source", "tier", "a", "b"]), st.none() | st.just("v")),
}
WILD = st.recursive(
    st.none() | st.sampled_from(["Ada", "FR", "a@example.com", "+14155550123", "2000-01-01", "", 5, True]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*ADA["address"], "a", "source"]), inner, max_size=3)
    ),
    max_leaves=6,
)
PATCHES = st.fixed_dictionaries(
    {}, optional={**{name: st.none() | value for name, value in FITTING.items()}, "surprise": st.none()}
) | st.dictionaries(st.sampled_from([*ADA, "id", "surprise"]), WILD, max_size=3)


@given(PATCHES, st.sets(st.sampled_from(["phone", "address", "metadata", "family_name", "language"])))
def test_a_patch_does_what_the_rfcs_pseudocode_does(patch: dict[str, Any], absent: set[str]) -> None:
    target = customer(**dict.fromkeys(absent))
    merged = reference(json.loads(target.model_dump_json(exclude_none=True, include={*ADA})), patch)
    # Unlike the RFC's, ours refuses members that the model lacks, null included.
    merged |= {name: None for name in patch if name not in ADA}
    if isinstance(address := patch.get("address"), dict):
        merged["address"] |= {name: None for name in address if name not in ADA["address"]}
    try:
        expected = CustomerDetails.model_validate_json(json.dumps(merged), strict=True)
    except ValidationError:
        with pytest.raises(InvalidRequest):
            applied(patch, target)
    else:
        assert applied(patch, target) == expected.model_dump(mode="json", exclude_none=True)


@given(PATCHES)
def test_a_patch_leaves_what_it_was_applied_to_alone(patch: dict[str, Any]) -> None:
    target = customer()
    before = target.model_dump_json()
    with suppress(InvalidRequest):
        applied(patch, target)
    assert target.model_dump_json() == before
