"""A profile: three services in one answer, whatever becomes of any of them."""

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest

from infra.bootstrap import ROOT
from tests.e2e.api import CUSTOMERS, UNKNOWN_ID, Api, expect, location, problem
from tests.e2e.changes import commands
from tests.e2e.target import Target

SCOPES = {"customer": "customers/read", "credit": "credit/read", "ssn": "ssn/read"}
READ = " ".join(["profiles/read", *SCOPES.values()])
WRITE = "customers/write customers/erase credit/write ssn/write"
REPORT = {
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
    "score": 742,
    "scored_at": "2026-11-20T09:30:00Z",
}

# What a service does when it is killed, in the place of its handler; and what its part says then.
KILLED = {
    "crashes": ('raise RuntimeError("killed")', "unavailable"),
    "is slow": ("import time\ndef handler(event, context):\n    time.sleep(6)", "timeout"),
    "is garbled": ('def handler(event, context):\n    return {"statusCode": 200, "body": "<html>"}', "invalid_answer"),
    "says too much": (
        'def handler(event, context):\n    return {"statusCode": 200, "body": \'{"a": "\' + "x" * 3_000_000 + \'"}\'}',
        "invalid_answer",
    ),
}


@pytest.fixture(scope="module")
def customer(target: Target, api: Api) -> str:
    """The id of a customer of whom every service knows something."""
    created = api.create()
    customer_id = str(created.json()["id"])
    path = f"/v1/credit/{customer_id}/scores"
    # Not by `api`, which takes what it creates for customers.
    with httpx.Client(base_url=target.url, trust_env=False, headers=api.tokens.headers(WRITE)) as http:
        expect(http.post(path, json=REPORT), 201)
    # Nobody has it but this customer: it is made from the time.
    number = f"899-{time.time_ns() // 1000 % 90 + 10}-{time.time_ns() // 100_000 % 9000 + 1000}"
    expect(api.call("PUT", f"/v1/ssn/{customer_id}", scopes=WRITE, json={"ssn": number}), 201)
    return customer_id


@pytest.fixture
def aws(target: Target) -> Callable[[str], Any]:
    """Clients of the AWS that the suite's own cloud plays, for the account's root."""
    parts = urlsplit(target.url)
    session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=f"{parts.scheme}://{parts.netloc}")


def read(api: Api, customer_id: str, *, scopes: str = READ, purpose: str = "account_review") -> dict[str, Any]:
    """A customer's profile."""
    answer = api.call("GET", f"/v1/profiles/{customer_id}", scopes=scopes, params={"purpose": purpose})
    expect(answer, 200)
    assert answer.headers["Cache-Control"] == "no-store"
    profile: dict[str, Any] = answer.json()
    return profile


def statuses(profile: dict[str, Any]) -> dict[str, str]:
    """The status of each part."""
    return {name: profile[name]["status"] for name in SCOPES}


def test_a_profile_is_what_each_service_says_of_the_customer(api: Api, customer: str) -> None:
    profile = read(api, customer)
    assert profile["customer_id"] == customer
    assert statuses(profile) == dict.fromkeys(SCOPES, "ok")
    assert profile["customer"]["data"] == api.call("GET", f"{CUSTOMERS}/{customer}").json()
    assert profile["ssn"]["data"] == api.call("GET", f"/v1/ssn/{customer}", scopes="ssn/read").json()
    assert profile["credit"]["data"]["score"] == 742
    assert profile["credit"]["data"]["inquiry_id"].startswith("inq_")


def test_nothing_is_known_of_a_customer_that_is_not_there(api: Api) -> None:
    profile = read(api, UNKNOWN_ID)
    assert statuses(profile) == dict.fromkeys(SCOPES, "not_found")
    assert profile["customer"]["problem"]["code"] == "customer_not_found"


def test_an_erased_customer_is_erased_in_its_part(api: Api) -> None:
    created = api.create()
    expect(api.call("DELETE", location(created), headers={"If-Match": created.headers["ETag"]}), 202)
    profile = read(api, created.json()["id"])
    assert profile["customer"]["status"] == "erased"
    assert profile["customer"]["problem"]["code"] == "customer_erased"


def test_a_profile_is_read_for_a_purpose(api: Api, customer: str) -> None:
    answer = api.call("GET", f"/v1/profiles/{customer}", scopes=READ)
    assert problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/purpose"


def test_a_purpose_that_is_not_permissible_is_refused_by_credit_alone(api: Api, customer: str) -> None:
    profile = read(api, customer, purpose="curiosity")
    assert statuses(profile) == {"customer": "ok", "credit": "refused", "ssn": "ok"}
    assert profile["credit"]["problem"]["errors"][0]["pointer"] == "/purpose"


@pytest.mark.needs("jwt_authorizer", "token_source")
@pytest.mark.parametrize("part", SCOPES)
def test_a_part_needs_its_own_scope(api: Api, customer: str, part: str) -> None:
    profile = read(api, customer, scopes=" ".join(["profiles/read", SCOPES[part]]))
    assert statuses(profile) == {**dict.fromkeys(SCOPES, "forbidden"), part: "ok"}


def test_a_profile_takes_about_as_long_as_its_slowest_part(
    api: Api, customer: str, show: Callable[[str], None]
) -> None:
    paths = {
        "customer": f"{CUSTOMERS}/{customer}",
        "credit": f"/v1/credit/{customer}/score?purpose=account_review",
        "ssn": f"/v1/ssn/{customer}",
        "profile": f"/v1/profiles/{customer}?purpose=account_review",
        "hop": "/health/profile",
    }
    taken: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(30):
        for name, path in paths.items():
            started = time.perf_counter()
            expect(api.call("GET", path, scopes=READ), 200)
            taken[name].append(time.perf_counter() - started)
    medians = {name: median(seconds) * 1000 for name, seconds in taken.items()}
    profile, hop = medians.pop("profile"), medians.pop("hop")
    slowest = max(medians, key=lambda name: medians[name])
    show(
        f"profile: median {profile:.0f} ms; slowest part alone: {slowest}, {medians[slowest]:.0f} ms; "
        f"ratio {profile / medians[slowest]:.2f}; its own hop, without parts: {hop:.0f} ms; "
        f"all parts one after the other: {sum(medians.values()):.0f} ms"
    )


@pytest.mark.needs("own_cloud")
@pytest.mark.parametrize("killed", list(product(KILLED, SCOPES)), ids=" ".join)
def test_each_part_is_killed_in_turn_and_the_others_are_there(
    api: Api, aws: Callable[[str], Any], customer: str, killed: tuple[str, str], show: Callable[[str], None]
) -> None:
    how, part = killed
    program, expected = KILLED[how]
    with live(aws, part, program):
        started = time.perf_counter()
        found = statuses(read(api, customer))
        elapsed = time.perf_counter() - started
    assert found == {**dict.fromkeys(SCOPES, "ok"), part: expected}
    assert statuses(read(api, customer)) == dict.fromkeys(SCOPES, "ok")
    show(f"profile while {part} {how}: 200 after {elapsed:.2f} s, {found}")


@pytest.mark.needs("own_cloud")
def test_a_part_whose_service_is_gone_is_not_registered(
    target: Target, api: Api, customer: str, show: Callable[[str], None]
) -> None:
    infra = commands(target, ROOT)
    infra("delete", "--service", "ssn")
    try:
        found = statuses(read(api, customer))
    finally:
        infra("deploy", "--service", "ssn")
    assert found == {"customer": "ok", "credit": "ok", "ssn": "not_registered"}
    show(f"profile while ssn is deleted: {found}")


@contextmanager
def live(aws: Callable[[str], Any], service: str, program: str) -> Iterator[None]:
    """Have another program live in the place of a service."""
    functions = aws("lambda")
    [stack] = aws("cloudformation").describe_stacks(StackName=f"dossier-local-{service}")["Stacks"]
    [function] = [item["OutputValue"] for item in stack["Outputs"] if item["OutputKey"] == "FunctionName"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"functions/{service}/app.py", program)
    alias = {"FunctionName": function, "Name": "live"}
    before = functions.get_alias(**alias)["FunctionVersion"]
    made = functions.update_function_code(FunctionName=function, ZipFile=packed.getvalue(), Publish=True)
    functions.update_alias(**alias, FunctionVersion=made["Version"])
    try:
        yield
    finally:
        functions.update_alias(**alias, FunctionVersion=before)
