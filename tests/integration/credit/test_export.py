"""GET /v1/credit/{customer_id}/export: the consumer's own copy of everything that the service holds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.credit.erasure_store import get_erasures
from functions.credit.errors import CreditFileErased
from functions.credit.export_store import get_exports
from functions.credit.exports import ExportQuery, ExportRecord
from functions.credit.reference.disclosures import BASES, ExportKind
from functions.shared.aws.client import dynamodb
from functions.shared.plain.clock import now
from functions.shared.requests.caller import Caller
from tests.integration.credit.conftest import forget
from tests.support.credit import ADA, BOB, Credit
from tests.support.gateway import Answer
from tests.support.problems import code

Items = Callable[[str], list[dict[str, Any]]]
CLIENT = "client-under-test"


def by_kind(answer: Answer) -> dict[str, list[dict[str, Any]]]:
    """Return the records of a page, by kind."""
    assert answer.status == 200, answer.text
    found: dict[str, list[dict[str, Any]]] = {}
    for record in answer.json["items"]:
        found.setdefault(record["kind"], []).append(record)
    return found


def filled(credit: Credit) -> dict[str, Any]:
    """Fill a file with a record of each kind, and return the responses."""
    report = credit.record().json
    inquiry = credit.inquire(headers={"Idempotency-Key": "k", "Dossier-Actor": "agent-7"}).json["inquiry"]
    notice = credit.notice(inquiry["id"]).json
    freeze = credit.freeze().json
    credit.lift()
    credit.export()
    return {"report": report, "inquiry": inquiry, "notice": notice, "freeze": freeze}


def test_an_export_contains_every_record_with_its_origin_basis_and_retention(credit: Credit) -> None:
    made = filled(credit)
    answer = credit.export(limit=100)
    assert answer.headers["cache-control"] == "no-store"
    found = by_kind(answer)
    assert found.keys() == set(ExportKind)
    for kind, records in found.items():
        basis = BASES[ExportKind(kind)]
        for record in records:
            assert (record["purpose"], record["retention"], record["law"]) == basis[:3]
            assert record["recorded_by"] == CLIENT
            contents = {name for name in ExportKind if record[name] is not None}
            assert contents == {kind}
    assert found["report"][0]["report"] == made["report"]
    assert found["report"][0]["retained_until"] == "2033-02-01T00:00:00.000Z"
    assert found["adverse_action_notice"][0]["adverse_action_notice"] == made["notice"]
    assert [record["freeze"] for record in found["freeze"]] == [
        {"version": 2, "freeze": None},
        {"version": 1, "freeze": made["freeze"]},
    ]


def test_an_inquiry_names_the_organisation_that_received_the_report_and_not_its_employee(credit: Credit) -> None:
    made = filled(credit)
    answer = credit.export(limit=100)
    [record] = by_kind(answer)["inquiry"]
    assert record["inquiry"] == {**made["inquiry"], "caller": {"client_id": CLIENT, "actor": None}}
    assert record["recipients"] == [
        {
            "client_id": CLIENT,
            "received_at": made["inquiry"]["inquired_at"],
            "purpose": "credit_extension",
            "report_ids": [made["report"]["id"]],
        }
    ]
    assert "agent-7" not in answer.text


def test_an_export_appears_in_the_next_one_and_not_in_itself(credit: Credit, items: Items) -> None:
    credit.record()
    first = credit.call("GET", "export", query={"reference": "req_7"}, headers={"Dossier-Actor": "clerk-3"})
    assert "export" not in by_kind(first)
    [stored] = items("EXPORT")
    assert (stored["exported_by"], stored["reference"]) == ({"client_id": CLIENT, "actor": "clerk-3"}, "req_7")
    [record] = by_kind(credit.export())["export"]
    export = record["export"]
    assert (export["id"], export["reference"], export["records"]) == (first.json["export_id"], "req_7", 1)
    assert [recipient["client_id"] for recipient in record["recipients"]] == [CLIENT]
    expires = datetime.fromisoformat(record["retained_until"])
    assert int(expires.timestamp()) == stored["expires_at"]
    assert expires > now() + timedelta(days=729)


def test_an_export_is_stored_before_its_response_and_needs_no_inquiry(
    credit: Credit, items: Items, calls: list[str]
) -> None:
    credit.record()
    credit.freeze()
    calls.clear()
    assert credit.export().status == 200
    assert calls == ["TransactGetItems", "UpdateItem", "UpdateItem", "Query", "TransactWriteItems"]
    assert items("INQUIRY") == []


def test_an_empty_file_has_an_empty_export_which_is_recorded(credit: Credit, items: Items) -> None:
    answer = credit.export()
    assert (answer.json["items"], answer.json["next_cursor"], len(items("EXPORT"))) == ([], None, 1)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_an_export_join_to_the_whole_and_count_as_one(credit: Credit, items: Items, limit: int) -> None:
    filled(credit)
    credit.score()
    whole = credit.export(limit=100, reference="req_2").json["items"]
    shown: list[dict[str, Any]] = []
    before = len(items("EXPORT"))
    page = credit.export(limit=limit, reference="req_2")
    pages = 1
    shown += page.json["items"]
    while page.json["next_cursor"]:
        page = credit.export(limit=limit, reference="req_2", cursor=page.json["next_cursor"])
        pages += 1
        shown += page.json["items"]
    # The last pages also contain the records of the pages before them.
    assert [record for record in shown if record["kind"] != "export"] == [
        record for record in whole if record["kind"] != "export"
    ]
    assert len(items("EXPORT")) == before + pages
    counted = dynamodb().get_item(
        TableName=get_exports().files.name,
        Key=get_exports().quotas.key(get_exports().by_client, CLIENT),
    )["Item"]["used"]["N"]
    assert int(counted) == 3  # One in `filled`, one for the whole, one for all pages.


def test_a_cursor_of_an_export_belongs_to_its_reference_and_client(credit: Credit) -> None:
    filled(credit)
    cursor = credit.export(limit=1).json["next_cursor"]
    assert code(credit.export(limit=1, reference="req_2", cursor=cursor)) == (400, "invalid_cursor")
    credit.gateway.client_id = "another"
    assert code(credit.export(limit=1, cursor=cursor)) == (400, "invalid_cursor")


def test_a_cursor_whose_page_is_not_stored_any_longer_is_refused(credit: Credit, items: Items, table: str) -> None:
    filled(credit)
    cursor = credit.export(limit=1).json["next_cursor"]
    for item in items("EXPORT"):
        dynamodb().delete_item(TableName=table, Key={name: {"S": item[name]} for name in ("pk", "sk")})
    assert code(credit.export(limit=1, cursor=cursor)) == (400, "invalid_cursor")


@pytest.mark.parametrize("reference", ["", "123-45-6789", "123456789", "a b", "é", "x" * 65, "a/b"])
def test_a_reference_that_is_no_id_is_refused(credit: Credit, calls: list[str], reference: str) -> None:
    assert code(credit.export(reference=reference)) == (422, "invalid_request")
    assert calls == []


def test_an_export_needs_a_reference(credit: Credit, calls: list[str]) -> None:
    answer = credit.call("GET", "export")
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"] == [{"pointer": "/reference", "message": "Required"}]
    assert calls == []


def test_a_client_has_a_quota_for_all_consumers(credit: Credit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORTS_PER_HOUR", "2")
    forget()
    bob = Credit(credit.gateway, BOB)
    assert [credit.export().status, bob.export().status] == [200, 200]
    refused = credit.export()
    assert code(refused) == (429, "quota_exceeded")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    credit.gateway.client_id = "another"
    assert credit.export().status == 200


def test_a_consumer_has_a_quota_for_all_clients(credit: Credit, items: Items, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORTS_PER_HOUR", "2")
    forget()
    statuses = []
    for number in range(3):
        credit.gateway.client_id = f"client-{number}"
        statuses.append(credit.export().status)
    assert statuses == [200, 200, 429]
    assert len(items("EXPORT")) == 2


def test_an_erased_file_is_gone_even_if_the_quota_is_used_up(credit: Credit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORTS_PER_HOUR", "1")
    forget()
    credit.export()
    credit.erase()
    assert code(credit.export()) == (410, "credit_file_erased")


@pytest.mark.usefixtures("gateway")
def test_an_export_is_refused_if_the_erasure_begins_while_it_is_made() -> None:
    exports = get_exports()
    get_erasures().begin(ADA, "era_01M81ZSH2FGSN7PEVEX7N32QYS", now(), lambda _: None)
    export = ExportRecord(id="exp_1", reference="req_1", exported_at=now(), records=0)
    with pytest.raises(CreditFileErased):
        exports._record(ADA, export, Caller(client_id=CLIENT), None)  # noqa: SLF001 - between its read and its write


def test_expired_records_are_left_out(credit: Credit) -> None:
    filled(credit)
    exports = get_exports()
    later = type(exports)(
        exports.files, exports.quotas, exports.by_client, exports.of_person, lambda: now() + timedelta(days=366 * 8)
    )
    records, _, _ = later.page(ADA, ExportQuery(reference="req_1"), Caller(client_id=CLIENT), None)
    assert {record.kind for record in records} == {ExportKind.FREEZE}


def test_a_report_whose_client_is_not_stored_is_exported(credit: Credit, items: Items, table: str) -> None:
    credit.record()
    [stored] = items("REPORT")
    dynamodb().update_item(
        TableName=table,
        Key={name: {"S": stored[name]} for name in ("pk", "sk")},
        UpdateExpression="REMOVE recorded_by",
    )
    [record] = by_kind(credit.export())["report"]
    assert record["recorded_by"] is None


def test_exporting_needs_its_own_scope(credit: Credit) -> None:
    credit.gateway.scope = "credit/read credit/write credit/inquire credit/freeze credit/erase credit/retained"
    assert code(credit.export()) == (403, "insufficient_scope")
