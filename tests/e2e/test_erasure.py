"""The erasure of a customer in every service, and the state afterwards."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import httpx
import pytest

from tests.e2e.api import CUSTOMERS, Api, expect, location, problem
from tests.e2e.target import Target
from tests.e2e.vault import WHY, a_number

WRITE = "credit/write customers/erase customers/read customers/write ssn/write"
READ = "credit/read ssn/lookup ssn/read ssn/reveal"
REPORT = {
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
    "score": 742,
    "scored_at": "2026-11-20T09:30:00Z",
}
# Functions that are started for the first time take most of it.
WAIT_SECONDS = 60
NUMBER = 20


class Subject:
    """A customer with data in each service."""

    def __init__(self, api: Api, target: Target) -> None:
        """Create it."""
        self.api = api
        self.url = location(api.create())
        self.id = self.url.rpartition("/")[2]
        self.number = a_number()
        # Not by `api`, which takes each resource that it creates for a customer.
        with httpx.Client(base_url=target.url, trust_env=False, headers=api.tokens.headers(WRITE)) as http:
            expect(http.post(f"/v1/credit/{self.id}/scores", json=REPORT), 201)
            expect(http.put(f"/v1/ssn/{self.id}", json={"ssn": self.number}), 201)

    def erase(self) -> httpx.Response:
        """Erase it."""
        return self.api.call("DELETE", self.url, headers={"If-Match": "*"})

    def erasure(self) -> dict[str, Any]:
        """The progress of its erasure."""
        answer = self.api.call("GET", f"{self.url}/erasure")
        expect(answer, 200)
        erasure: dict[str, Any] = answer.json()
        return erasure

    def completed(self) -> dict[str, Any]:
        """Its erasure, as soon as it is complete."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (erasure := self.erasure())["status"] != "complete":
            assert time.monotonic() < deadline, erasure
            time.sleep(0.05)
        return erasure


@pytest.fixture(scope="module")
def erased(api: Api, target: Target) -> Subject:
    """A customer who is erased in every service."""
    subject = Subject(api, target)
    answer = subject.erase()
    expect(answer, 202)
    assert location(answer) == f"{subject.url}/erasure"
    assert answer.json()["status"] == "pending"
    subject.completed()
    return subject


def test_each_service_confirms_an_erasure(erased: Subject) -> None:
    receipts = {receipt["service"]: receipt for receipt in erased.erasure()["receipts"]}
    assert {"credit", "ssn"} <= receipts.keys()
    assert all(receipt["confirmed_at"] for receipt in receipts.values())
    assert all(sum(receipts[service]["erased"].values()) > 0 for service in ("credit", "ssn"))


def test_an_erased_customers_data_is_gone_from_each_service(erased: Subject) -> None:
    api = erased.api
    problem(api.call("GET", erased.url), 410, "customer_erased")
    for method, path, body in (
        ("GET", f"/v1/credit/{erased.id}/score?purpose=account_review", None),
        ("GET", f"/v1/credit/{erased.id}/inquiries", None),
        ("GET", f"/v1/ssn/{erased.id}", None),
        ("POST", f"/v1/ssn/{erased.id}/reveal", WHY),
    ):
        headers = {"Dossier-Actor": "usr_0001"} if method == "POST" else {}
        assert api.call(method, path, scopes=READ, json=body, headers=headers).status_code == 410, path
    assert api.call("POST", f"/v1/credit/{erased.id}/scores", scopes=WRITE, json=REPORT).status_code == 410
    sought = {"ssn": erased.number, "purpose": "fraud_investigation"}
    assert api.call("POST", "/v1/ssn/lookup", scopes=READ, json=sought).status_code == 404


def test_an_erased_customers_number_can_be_stored_for_another(erased: Subject) -> None:
    other = location(erased.api.create()).rpartition("/")[2]
    path = f"/v1/ssn/{other}"
    expect(erased.api.call("PUT", path, scopes=WRITE, json={"ssn": erased.number}), 201)


def test_a_second_erasure_is_refused_with_a_link_to_the_first(erased: Subject) -> None:
    answer = erased.erase()
    problem(answer, 410, "customer_erased")
    assert answer.links["status"]["url"] == f"{erased.url}/erasure"


def test_erasures_are_complete_within_seconds(
    api: Api, target: Target, erased: Subject, show: Callable[[str], None]
) -> None:
    del erased
    subjects = [Subject(api, target) for _ in range(NUMBER)]
    seconds = []
    for subject in subjects:
        started = time.monotonic()
        expect(subject.erase(), 202)
        subject.completed()
        seconds.append(time.monotonic() - started)
    show(f"erasures: {NUMBER} requested, {NUMBER} complete; median {median(seconds):.2f} s, worst {max(seconds):.2f} s")
    overdue = api.call("GET", "/v1/erasures", params={"status": "overdue", "limit": 100}).json()["items"]
    assert {erasure["customer_id"] for erasure in overdue}.isdisjoint(subject.id for subject in subjects)
    assert api.call("GET", CUSTOMERS, params={"limit": 1}).status_code == 200
