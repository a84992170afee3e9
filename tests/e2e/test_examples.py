"""A service in another language, and one that is no Lambda function, come and go; nobody touches the gateway."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from infra.bootstrap import ROOT
from tests.e2e.api import UNKNOWN_ID, Api, expect, problem, wait_until
from tests.e2e.changes import commands
from tests.e2e.target import Target, Tokens

pytestmark = pytest.mark.needs("own_cloud")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is missing: sudo apt-get install nodejs")

NOTES = f"/v1/notes/{UNKNOWN_ID}"


@pytest.fixture
def api(target: Target) -> Iterator[Api]:
    """A client that fetches tokens anew, as scopes come and go, and takes nothing that it creates for a customer."""
    with httpx.Client(base_url=target.url, timeout=20, trust_env=False) as http:
        yield Api(http, Tokens(target.token))


@pytest.fixture
def infra(target: Target) -> Callable[..., str]:
    """The commands of this checkout, on the suite's own cloud."""
    return commands(target, ROOT)


@contextmanager
def deployed(infra: Callable[..., str], name: str, *parameters: str) -> Iterator[None]:
    """An example, deployed for the length of a block, with its scopes given to the suite's client."""
    infra("deploy", "--service", f"examples/{name}", *parameters)
    try:
        infra("client", "--scopes", "all", "--confirm", "development")
        yield
    finally:
        infra("delete", "--service", f"examples/{name}")


def registered(api: Api) -> dict[str, dict[str, Any]]:
    """What GET /services shows now, by name."""
    answer = api.call("GET", "/services", scopes=None)
    expect(answer, 200)
    return {service["name"]: service for service in answer.json()["items"]}


def gateways_files() -> dict[str, str]:
    """A hash of each file of the gateway."""
    files = [
        path for path in (ROOT / "gateway_config").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@needs_node
def test_a_service_in_node_comes_and_goes_and_the_gateway_is_not_touched(
    api: Api, infra: Callable[..., str], show: Callable[[str], None]
) -> None:
    files, before = gateways_files(), set(registered(api))
    with deployed(infra, "notes"):
        wait_until(lambda: "notes" in registered(api))
        notes = registered(api)["notes"]
        call_notes(api)
        assert "gateway" in infra("deploy", "--dry-run").split("unchanged")[0]
    wait_until(lambda: "notes" not in registered(api))
    assert (notes["version"], notes["owner"], notes["health"]) == ("0.1.0", "customer-care", "ok")
    assert notes["problems"] == []
    assert len(notes["routes"]) == 5
    assert "notes" not in before
    assert set(registered(api)) == before
    assert api.call("GET", NOTES, scopes="notes/read").status_code == 404
    assert gateways_files() == files
    show(f"GET /services: {', '.join(sorted(before))}; with the Node service also notes; afterwards as before")


def call_notes(api: Api) -> None:
    """Write a note, read it, delete it, under enforced IAM; and try it without the scope."""
    assert api.call("POST", NOTES, scopes="notes/read", json={"text": "x"}).json() == {"message": "Forbidden"}
    written = api.call("POST", NOTES, scopes="notes/write", json={"text": "Grüße"})
    expect(written, 201)
    assert written.json()["text"] == "Grüße"
    assert api.call("GET", NOTES, scopes="notes/read").json()["items"] == [written.json()]
    note = f"{NOTES}/{written.json()['id']}"
    expect(api.call("DELETE", note, scopes="notes/write"), 204)
    assert api.call("DELETE", note, scopes="notes/write").json()["code"] == "note_not_found"
    problem(api.call("POST", NOTES, scopes="notes/write", json={"text": ""}), 422, "invalid_request")


@needs_node
def test_the_node_service_passes_its_own_tests() -> None:
    run = subprocess.run(
        ["node", "--test"], cwd=ROOT / "examples" / "notes", capture_output=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stdout
    assert "# fail 0" in run.stdout


def test_a_service_that_is_no_lambda_function_comes_and_goes(api: Api, infra: Callable[..., str]) -> None:
    server = [sys.executable, str(ROOT / "examples" / "rates" / "server.py"), "0"]
    with subprocess.Popen(server, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            with deployed(infra, "rates", "--parameters", f"Address={address}"):
                wait_until(lambda: "rates" in registered(api))
                rates = registered(api)["rates"]
                assert (rates["owner"], rates["health"], rates["problems"]) == ("treasury", "ok", [])
                answer = api.call("GET", "/v1/rates/car%2Dloan?unused=1", scopes="rates/read")
                assert answer.json() == {"product": "car-loan", "percent_a_year": 6.9}
                assert api.call("GET", "/v1/rates", scopes="customers/read").json() == {"message": "Forbidden"}
                assert api.call("GET", "/v1/rates/none", scopes="rates/read").json()["code"] == "rate_not_found"
        finally:
            process.terminate()
    wait_until(lambda: "rates" not in registered(api))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["deploy", "--service", "examples/nothing"], "does not exist in this checkout"),
        (["deploy", "--service", "../elsewhere"], "does not exist in this checkout"),
        (["deploy", "--service", "examples/rates", "--parameters", "Colour=red"], "has no parameter Colour"),
        (["deploy", "--service", "customer", "--parameters", "Stage=x"], "that is a folder"),
        (["delete", "--service", "examples/rates"], "is not deployed"),
    ],
)
def test_a_folder_that_is_no_service_is_refused(
    infra: Callable[..., str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        infra(*arguments)
    assert complaint in refused.value.stderr
    assert "Traceback" not in refused.value.stderr
