"""PUT and GET /v1/ssn/{customer_id}, GET /health/ssn."""

import os
import re

from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import acts, remove, stored
from tests.support.gateway import Answer, Gateway

PUT = "PUT /v1/ssn/{customer_id}"
GET = "GET /v1/ssn/{customer_id}"
ADA = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"


def put(gateway: Gateway, ssn: str, if_match: str | None = None) -> Answer:
    headers = {} if if_match is None else {"If-Match": if_match}
    return gateway.call(PUT, path={"customer_id": ADA}, body={"ssn": ssn}, headers=headers)


def get(gateway: Gateway) -> Answer:
    return gateway.call(GET, path={"customer_id": ADA})


def test_a_stored_number_is_read_masked(gateway: Gateway) -> None:
    stored = put(gateway, "512-73-8046")
    assert stored.status == 201
    assert stored.json["masked"] == "***-**-8046"
    read = get(gateway)
    assert read.status == 200
    assert read.json == stored.json
    assert list(read.json) == ["masked", "kind", "created_at", "updated_at", "verified", "verified_at", "version"]
    assert (read.json["kind"], read.json["verified"], read.json["version"]) == ("ssn", False, 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", read.json["created_at"])


def test_a_number_may_be_written_with_hyphens_spaces_or_neither(gateway: Gateway) -> None:
    for version, written in enumerate(["512-73-8046", "512738046", "512 73 8046"]):
        answer = put(gateway, written, if_match=f'"{version}"' if version else None)
        assert (answer.json["masked"], answer.json["version"]) == ("***-**-8046", version + 1)


def test_no_answer_may_be_kept_and_each_has_an_entity_tag(gateway: Gateway) -> None:
    for answer in (put(gateway, "512-73-8046"), get(gateway)):
        assert (answer.headers["cache-control"], answer.headers["etag"]) == ("no-store", '"1"')


def test_a_read_is_never_answered_with_not_modified(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    for tag in ('"1"', "*"):
        read = gateway.call(GET, path={"customer_id": ADA}, headers={"If-None-Match": tag})
        assert (read.status, read.json["masked"]) == (200, "***-**-8046")


def test_a_second_number_without_if_match_is_refused_and_changes_nothing(gateway: Gateway) -> None:
    before = put(gateway, "512-73-8046").json
    second = put(gateway, "601-20-7735")
    assert (second.status, second.json["code"]) == (428, "precondition_required")
    assert get(gateway).json == before


def test_the_number_that_a_customer_has_is_accepted_again_and_changes_nothing(gateway: Gateway) -> None:
    first = put(gateway, "512-73-8046")
    again = put(gateway, "512 73 8046")
    assert (again.status, again.json, again.headers["etag"]) == (200, first.json, first.headers["etag"])
    assert acts(gateway) == ["store done", "store match"]
    assert put(gateway, "601-20-7735").status == 428
    assert acts(gateway) == ["store done", "store match", "store no_match"]


def test_without_its_mark_a_number_is_not_compared(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    (keys,) = [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"] == {"S": "KEYS"}]
    remove("KEYRING_NAME", keys)
    assert put(gateway, "512-73-8046").json["code"] == "ssn_unreadable"


def test_if_none_match_creates_a_number_and_fails_where_there_is_one(gateway: Gateway) -> None:
    def create(headers: dict[str, str]) -> Answer:
        body = {"ssn": "512-73-8046"}
        return gateway.call("PUT /v1/ssn/{customer_id}", path={"customer_id": ADA}, body=body, headers=headers)

    assert create({"If-None-Match": "*", "If-Match": '"1"'}).status == 412
    assert create({"If-None-Match": '"1"'}).json["code"] == "malformed_header"
    assert create({"If-None-Match": "*"}).status == 201
    second = create({"If-None-Match": " * "})
    assert (second.status, second.json["code"]) == (412, "precondition_failed")


def test_a_number_is_replaced_in_the_version_that_was_read(gateway: Gateway) -> None:
    first = put(gateway, "512-73-8046")
    replaced = put(gateway, "601-20-7735", if_match=first.headers["etag"])
    assert (replaced.status, replaced.headers["etag"], replaced.headers["cache-control"]) == (200, '"2"', "no-store")
    assert (replaced.json["masked"], replaced.json["version"]) == ("***-**-7735", 2)
    assert replaced.json["created_at"] == first.json["created_at"]
    assert get(gateway).json == replaced.json


def test_a_replacement_of_another_version_is_refused_and_changes_nothing(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    before = put(gateway, "601-20-7735", if_match='"1"').json
    for if_match in ('"1"', 'W/"2"', '"3", "4"', '"2-gzip"', '""'):
        refused = put(gateway, "733-41-9052", if_match=if_match)
        assert (refused.status, refused.json["code"]) == (412, "precondition_failed")
    assert get(gateway).json == before


def test_a_replacement_of_nothing_is_refused_and_stores_nothing(gateway: Gateway) -> None:
    for if_match in ('"1"', "*"):
        refused = put(gateway, "512-73-8046", if_match=if_match)
        assert (refused.status, refused.json["code"]) == (412, "precondition_failed")
    assert get(gateway).status == 404


def test_an_id_that_nothing_is_stored_under_is_not_found(gateway: Gateway, sent: Sent) -> None:
    unreadable = [
        "cus_81JD8Z4Q7X9V5T3R1N0M2K4H6G",
        ADA.lower(),
        f"{ADA}0",
        f"{ADA}\n",
        "512-73-8046",
        "HEALTH",
        "%E0%A4%A",
    ]
    answers = [gateway.call(GET, path={"customer_id": customer_id}) for customer_id in unreadable]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "ssn_not_found")] * 7
    assert sent == []
    answer = get(gateway)
    assert (answer.status, answer.json["code"]) == (404, "ssn_not_found")


def test_nothing_is_stored_under_what_is_no_customer_id(gateway: Gateway, sent: Sent) -> None:
    for customer_id in ("cus_1", f"{ADA}\n", "HEALTH", "512-73-8046"):
        for headers in ({}, {"If-Match": '"1"'}):
            answer = gateway.call(PUT, path={"customer_id": customer_id}, body={"ssn": "512-73-8046"}, headers=headers)
            assert (answer.status, answer.json["code"]) == (404, "ssn_not_found")
    assert sent == []


def test_each_customer_has_a_number_of_its_own(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    other = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6H"
    assert gateway.call(PUT, path={"customer_id": other}, body={"ssn": "601-20-7735"}).status == 201
    assert get(gateway).json["masked"] == "***-**-8046"


def test_health_is_public_and_asks_both_tables(gateway: Gateway, sent: Sent) -> None:
    gateway.scope = None
    answer = gateway.call("GET /health/ssn")
    assert (answer.status, answer.json["service"], answer.json["status"]) == (200, "ssn", "ok")
    assert [operation for operation, _ in sent] == ["TransactGetItems"]
    asked = [item["Get"]["TableName"] for item in sent[0][1]["TransactItems"]]
    assert asked == [os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"]]


def test_each_call_stays_within_its_budget_of_round_trips(gateway: Gateway, sent: Sent) -> None:
    sealing = ["GenerateMac", "GenerateDataKey", "GenerateDataKey"]
    put(gateway, "512-73-8046")
    # Once a process: the key of the audit.
    once = ["GenerateMac"]
    counted = ["TransactGetItems", "UpdateItem"]
    assert [operation for operation, _ in sent] == [*counted, *sealing, *once, "TransactWriteItems"]
    sent.clear()
    put(gateway, "601-20-7735", if_match='"1"')
    assert [operation for operation, _ in sent] == [*counted, "UpdateItem", *sealing, "TransactWriteItems"]
    sent.clear()
    compared = [*counted, "UpdateItem", "GenerateMac", "TransactWriteItems"]
    for ssn in ("733-41-9052", "601-20-7735"):
        put(gateway, ssn)
        assert [operation for operation, _ in sent] == compared
        sent.clear()
    gateway.call(PUT, path={"customer_id": ADA}, body={"ssn": "601-20-7735"}, headers={"If-None-Match": "*"})
    assert [operation for operation, _ in sent] == ["TransactGetItems"]
    sent.clear()
    get(gateway)
    assert [operation for operation, _ in sent] == ["TransactGetItems", "Decrypt"]


def test_a_refused_number_costs_no_call(gateway: Gateway, sent: Sent) -> None:
    assert put(gateway, "666-73-8046").status == 422
    assert sent == []
