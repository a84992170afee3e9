"""A customer from the first request to the tombstone."""

import re

from tests.e2e.api import CUSTOMERS, Api, expect, location, problem, unique_email

MERGE_PATCH = "application/merge-patch+json"


def test_a_customer_is_created_read_changed_and_erased(api: Api) -> None:
    email = unique_email()
    created = api.create(email=email, phone="+12025550123")
    url = location(created)

    read = api.call("GET", url)
    expect(read, 200)
    assert read.json() == created.json()
    unchanged = api.call("GET", url, headers={"If-None-Match": read.headers["ETag"]})
    expect(unchanged, 304)

    patched = api.patch(url, read.headers["ETag"], family_name="Lovelace", phone=None)
    expect(patched, 200)
    assert api.call("GET", url).json() == patched.json()
    problem(api.patch(url, read.headers["ETag"], family_name="Byron"), 412, "precondition_failed")

    erased = api.call("DELETE", url, headers={"If-Match": patched.headers["ETag"]})
    expect(erased, 202)
    assert location(erased) == f"{url}/erasure"
    problem(api.call("GET", url), 410, "customer_erased")
    api.create(email=email)


def test_a_created_customer_has_an_id_times_a_status_and_a_version(api: Api) -> None:
    answer = api.create()
    customer = answer.json()
    assert re.fullmatch(r"cus_[0-9A-HJKMNP-TV-Z]{26}", customer["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", customer["created_at"])
    assert customer["updated_at"] == customer["created_at"]
    assert customer["status"] == "active"
    assert customer["version"] == 1
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Dossier-Request-Id"]
    assert location(answer).endswith(f"{CUSTOMERS}/{customer['id']}")


def test_every_detail_comes_back_as_it_was_sent(api: Api) -> None:
    details = {
        "given_name": "Zoë",
        "family_name": "O'Brien-Nuñez 山田",
        "email": unique_email(),
        "phone": "+442079460123",
        "date_of_birth": "1984-02-29",
        "address": {
            "line1": "1 Café Row",
            "line2": "Flat 2",
            "city": "San José",
            "region": "CA",
            "postal_code": "95112",
            "country": "US",
        },
        "language": "en-US",
        "metadata": {"source": "e2e 🧪", "empty": ""},
    }
    read = api.call("GET", location(api.create(**details))).json()
    assert {name: read[name] for name in details} == details


def test_a_reader_who_has_the_current_version_gets_no_body(api: Api) -> None:
    created = api.create()
    answer = api.call("GET", location(created), headers={"If-None-Match": f'W/"0", {created.headers["ETag"]}'})
    expect(answer, 304)
    assert answer.content == b""
    assert answer.headers["ETag"] == '"1"'


def test_a_reader_who_has_an_older_version_gets_the_current_one(api: Api) -> None:
    created = api.create()
    expect(api.call("GET", location(created), headers={"If-None-Match": '"0"'}), 200)


def test_a_merge_patch_sets_removes_and_merges_members(api: Api) -> None:
    created = api.create(
        phone="+12025550123", address={"line1": "1 Main St", "line2": "Flat 2", "city": "London", "country": "GB"}
    )
    answer = api.call(
        "PATCH",
        location(created),
        headers={"If-Match": created.headers["ETag"], "Content-Type": MERGE_PATCH},
        content='{"family_name": "Lovelace", "phone": null, "address": {"line2": null, "city": "Bath"}}',
    )
    expect(answer, 200)
    patched = answer.json()
    assert patched["given_name"] == "Ada"
    assert patched["family_name"] == "Lovelace"
    assert patched["phone"] is None
    assert patched["address"]["line1"] == "1 Main St"
    assert patched["address"]["line2"] is None
    assert patched["address"]["city"] == "Bath"
    assert patched["version"] == 2
    assert patched["created_at"] == created.json()["created_at"]
    assert patched["updated_at"] > patched["created_at"]
    assert answer.headers["ETag"] == '"2"'


def test_an_erased_customer_can_be_neither_changed_nor_erased_again(api: Api) -> None:
    created = api.create()
    url, etag = location(created), created.headers["ETag"]
    expect(api.call("DELETE", url, headers={"If-Match": etag}), 202)
    problem(api.patch(url, etag, given_name="Eve"), 410, "customer_erased")
    problem(api.call("DELETE", url, headers={"If-Match": etag}), 410, "customer_erased")
