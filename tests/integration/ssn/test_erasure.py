"""An erasure in all services: the vault's part, which may arrive before the data, more than once, or in between."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.shared.aws import boto
from functions.ssn.environment import get_erasures
from functions.ssn.erasure_service import ErasureService
from functions.ssn.errors import SsnNotFound
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import (
    ADA,
    BOB,
    acts,
    audit,
    consent,
    consents,
    erase,
    export,
    get,
    lookup,
    put,
    reveal,
    revoke,
    stored,
    verify,
)
from tests.support.gateway import Answer, Gateway

SSN = "512-73-8046"
ERASURE = "era_01JD8Z4Q7X9V5T3R1N0M2K4H6G"
ROUTES: dict[str, Callable[[Gateway], Answer]] = {
    "store": lambda gateway: put(gateway, SSN),
    "replace": lambda gateway: put(gateway, SSN, if_match="*"),
    "read": get,
    "delete": erase,
    "verify": lambda gateway: verify(gateway, SSN, consent("c9")),
    "reveal": reveal,
    "consents": consents,
    "export": export,
    "revoke": lambda gateway: revoke(gateway, "c9"),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("first", ["number", "nothing"])
def test_after_an_erasure_every_route_is_gone_except_the_audit(gateway: Gateway, route: str, first: str) -> None:
    if first == "number":
        put(gateway, SSN)
    get_erasures().erase(ADA, ERASURE)
    gone = ROUTES[route](gateway)
    assert (gone.status, gone.json["code"]) == (410, "ssn_erased")
    assert acts(gateway)[-1] == "erase done"


@pytest.mark.parametrize("first", ["number", "nothing"])
def test_an_erased_number_is_not_found_and_can_be_stored_for_another_customer(gateway: Gateway, first: str) -> None:
    if first == "number":
        put(gateway, SSN)
    get_erasures().erase(ADA, ERASURE)
    missing = lookup(gateway, SSN)
    assert (missing.status, missing.json["code"]) == (404, "no_customer_with_ssn")
    assert put(gateway, SSN, BOB).status == 201
    assert lookup(gateway, SSN).json == {"customer_id": BOB}


def test_an_erasure_counts_what_it_erased_and_names_what_stays(gateway: Gateway) -> None:
    put(gateway, SSN)
    verify(gateway, SSN, consent("c1"))
    result = get_erasures().erase(ADA, ERASURE)
    assert result.erased == {"numbers": 1, "consents": 1}
    assert [each.what for each in result.retained] == ["audit entries", "justifications"]
    newest = audit(gateway).json["items"][0]
    said = {name: newest[name] for name in ("action", "client_id", "actor", "reference", "request_id")}
    assert said == {
        "action": "erase",
        "client_id": "customer",
        "actor": None,
        "reference": ERASURE,
        "request_id": ERASURE,
    }


def test_an_erasure_without_data_counts_nothing(gateway: Gateway) -> None:
    del gateway
    assert get_erasures().erase(ADA, ERASURE).erased == {"numbers": 0, "consents": 0}
    with pytest.raises(SsnNotFound):
        get_erasures().erase("cus_1", ERASURE)


def test_a_repeated_erasure_has_the_same_result_and_writes_nothing(gateway: Gateway) -> None:
    put(gateway, SSN)
    first = get_erasures().erase(ADA, ERASURE)
    before = stored()
    assert get_erasures().erase(ADA, ERASURE) == first
    assert stored() == before


def test_an_erasure_after_a_direct_one_counts_nothing_and_writes_nothing(gateway: Gateway) -> None:
    put(gateway, SSN)
    erase(gateway)
    before = stored()
    assert get_erasures().erase(ADA, ERASURE).erased == {"numbers": 0, "consents": 0}
    assert stored() == before


@pytest.mark.parametrize("route", ["store", "replace", "verify", "reveal", "revoke", "export", "delete"])
def test_a_request_that_read_before_an_erasure_writes_nothing_after_it(gateway: Gateway, route: str) -> None:
    waiting: list[ErasureService] = []

    def erase_first(**_: Any) -> None:
        if waiting:
            waiting.pop().erase(ADA, ERASURE)

    events = boto.session().get_component("event_emitter")
    events.register("provide-client-params.dynamodb.TransactWriteItems", erase_first)
    try:
        if route != "store":
            put(gateway, SSN)
        waiting.append(get_erasures())
        answer = ROUTES[route](gateway)
    finally:
        events.unregister("provide-client-params.dynamodb.TransactWriteItems", erase_first)
    assert not waiting
    assert (answer.status, answer.json["code"]) == (410, "ssn_erased")
    assert acts(gateway)[-1] == "erase done"
    assert [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item] == []


def test_an_erasure_costs_a_read_a_query_and_a_transaction(sent: Sent, gateway: Gateway) -> None:
    put(gateway, SSN)
    sent.clear()
    get_erasures().erase(ADA, ERASURE)
    assert [operation for operation, _ in sent] == ["TransactGetItems", "Query", "TransactWriteItems"]
    sent.clear()
    get_erasures().erase(ADA, ERASURE)
    assert [operation for operation, _ in sent] == ["TransactGetItems"]
