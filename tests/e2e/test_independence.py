"""A service comes, changes and goes, and nobody who calls the others notices."""

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.bootstrap import ROOT
from tests.e2e.api import Api
from tests.e2e.changes import commands, failures, steady_stream
from tests.e2e.target import Target

pytestmark = pytest.mark.needs("own_cloud")


def test_deploying_changing_and_deleting_a_service_fails_no_request_to_the_others(
    target: Target, api: Api, checkout: Path, show: Callable[[str], None]
) -> None:
    infra = commands(target, checkout)
    outcomes: Counter[str] = Counter()
    try:
        with steady_stream(api, outcomes):
            infra("delete", "--service", "credit")
            assert api.call("GET", "/health/credit", scopes=None).status_code == 404
            infra("deploy", "--service", "credit")
            assert api.call("GET", "/health/credit", scopes=None).status_code == 200
            with (checkout / "functions" / "credit" / "app.py").open("a", encoding="utf-8") as source:
                source.write("# changed\n")
            said = infra("deploy")
            assert "unchanged" in said
            assert "credit " in said.replace("unchanged", "").splitlines()[-1]
    finally:
        commands(target, ROOT)("deploy", "--service", "credit")
    assert not failures(outcomes)
    assert outcomes.total() > 100
    show(f"delete, deploy and update of credit: {outcomes.total()} requests to the others, 0 failed")


def test_a_dry_run_shows_the_changed_stack_and_no_other(target: Target, checkout: Path) -> None:
    with (checkout / "functions" / "ssn" / "app.py").open("a", encoding="utf-8") as source:
        source.write("# changed\n")
    said = commands(target, checkout)("deploy", "--dry-run")
    assert "gateway, credit, customer, profile unchanged" in said
    assert said.count("would change") == 1
    changed = {line.split()[2] for line in said.splitlines() if line.startswith("+")}
    # Its functions share the code.
    assert sorted(re.sub("Version[0-9a-f]+$", "", name) for name in changed) == [
        "ConsumerFunction",
        "ForwarderFunction",
        "Function",
        "RevealFunction",
    ]


def test_code_that_cannot_start_leaves_the_old_version_live_and_stops_no_other_stack(
    target: Target, api: Api, checkout: Path
) -> None:
    with (checkout / "functions" / "customer" / "app.py").open("a", encoding="utf-8") as source:
        source.write("import nothing_of_the_kind\n")
    with (checkout / "functions" / "credit" / "app.py").open("a", encoding="utf-8") as source:
        source.write("# changed\n")
    try:
        with pytest.raises(subprocess.CalledProcessError) as refused:
            commands(target, checkout)("deploy")
        said = refused.value.stderr
        assert "No module named 'nothing_of_the_kind'" in said
        assert "customer is not deployed" in said
        assert re.search("credit +deployed", said)
        assert api.call("GET", "/health/customer", scopes=None).status_code == 200
    finally:
        commands(target, ROOT)("deploy")


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (("RouteKey: GET /v1/ssn/{customer_id}", "RouteKey: GET /v1/customers/{id}"), "belongs to customer"),
        (("AuthorizationScopes: [ssn/write]", "AuthorizationScopes: []"), "open to everybody"),
    ],
)
def test_a_route_that_is_taken_or_open_is_refused(
    target: Target, checkout: Path, edit: tuple[str, str], complaint: str
) -> None:
    template = checkout / "functions" / "ssn" / "template.yaml"
    before = template.read_text(encoding="utf-8")
    template.write_text(before.replace(*edit), encoding="utf-8")
    assert template.read_text(encoding="utf-8") != before
    with pytest.raises(subprocess.CalledProcessError) as refused:
        commands(target, checkout)("deploy")
    assert complaint in refused.value.stderr
    assert "ssn " in refused.value.stderr
