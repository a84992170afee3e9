"""One number belongs to one customer; who sends a number of another's learns that, and not whose."""

from tests.integration.ssn.vault import ADA, BOB, acts, erase, get, lookup, put, stored
from tests.support.gateway import Gateway


def test_a_number_of_another_customer_is_refused_without_saying_whose(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    refused = put(gateway, "512 73 8046", BOB)
    assert (refused.status, refused.json["code"]) == (409, "ssn_assigned")
    assert ADA not in refused.text
    assert get(gateway, BOB).status == 404
    assert acts(gateway, BOB) == ["store conflict"]


def test_a_replacement_by_a_number_of_another_customer_changes_nothing(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    put(gateway, "601-20-7735", BOB)
    before = stored("TABLE_NAME", "KEYRING_NAME")["KEYRING_NAME"]
    assert put(gateway, "512-73-8046", BOB, if_match='"1"').json["code"] == "ssn_assigned"
    assert stored("KEYRING_NAME")["KEYRING_NAME"] == before
    assert get(gateway, BOB).json["masked"] == "***-**-7735"


def test_a_replaced_number_is_free(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    put(gateway, "601-20-7735", if_match='"1"')
    assert put(gateway, "512-73-8046", BOB).status == 201
    assert lookup(gateway, "512-73-8046").json == {"customer_id": BOB}
    assert lookup(gateway, "601-20-7735").json == {"customer_id": ADA}


def test_an_erased_number_is_free(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    erase(gateway)
    assert put(gateway, "512-73-8046", BOB).status == 201


def test_a_customer_may_send_its_own_number_again(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    assert put(gateway, "512-73-8046", if_match='"1"').json["version"] == 2
    assert lookup(gateway, "512-73-8046").json == {"customer_id": ADA}
    assert acts(gateway) == ["store done", "replace done", "lookup done"]
