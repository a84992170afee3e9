"""`make watch` has a line for each saved file: the stack is live, or a command is needed."""

from pathlib import Path

import pytest

from infra.local import hints as hinting
from infra.local.code_routes import missing_routes, routes_of
from infra.local.hints import hints
from infra.local.watch import is_carried

CUSTOMER = Path("functions/customer")
RUN = "Run: make run"
CODE = """
ONE = "/v1/loans/{loan_id}"
@app.endpoint("GET", "/v1/loans", scope="loans/read")
def page(): ...
@app.endpoint("GET", ONE)
def read(): ...
@app.endpoint("PUT", f"{ONE}/terms")
def terms(): ...
@app.endpoint("GET", elsewhere.PATH)
def other(): ...
"""
TEMPLATE = """
Resources:
  Page: {Type: "AWS::ApiGatewayV2::Route", Properties: {RouteKey: GET /v1/loans}}
  Read: {Type: "AWS::ApiGatewayV2::Route", Properties: {RouteKey: "GET /v1/loans/{id}"}}
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a watched service `customer` and a new one, `loan`."""
    monkeypatch.setattr(hinting, "ROOT", tmp_path)
    for name in ("customer", "loan"):
        folder = tmp_path / "functions" / name
        folder.mkdir(parents=True)
        (folder / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("saved", "line"),
    [
        ("functions/customer/template.yaml", ("customer", f"template.yaml has changed. {RUN}")),
        ("functions/customer/requirements.txt", ("customer", f"requirements.txt has changed. {RUN}")),
        ("functions/loan/app.py", ("loan", f"is a new service. {RUN}")),
        ("functions/shared/requests/etag.py", ("gateway", f"etag.py has changed. {RUN}")),
        ("gateway_config/registry/pages.py", ("gateway", f"pages.py has changed. {RUN}")),
        ("gateway_config/registry/static/viewer.js", ("gateway", f"viewer.js has changed. {RUN}")),
        ("examples/notes/app.js", ("notes", "app.js has changed. Run: make deploy SERVICE=examples/notes")),
    ],
)
def test_a_saved_file_that_needs_a_command_is_named_with_it(checkout: Path, saved: str, line: tuple[str, str]) -> None:
    del checkout
    assert list(hints([Path(saved)], {CUSTOMER}, {"notes"})) == [line]


def test_several_saved_files_of_a_stack_are_one_line(checkout: Path) -> None:
    del checkout
    saved = [CUSTOMER / "template.yaml", CUSTOMER / "Makefile", CUSTOMER / "app.py"]
    assert list(hints(saved, {CUSTOMER}, set())) == [("customer", f"Makefile, template.yaml have changed. {RUN}")]


@pytest.mark.parametrize(
    "saved", ["functions/customer/app.py", "functions/customer/README.md", "examples/rates/server.py", "functions/x"]
)
def test_a_saved_file_that_needs_no_command_is_not_named(checkout: Path, saved: str) -> None:
    del checkout
    assert not list(hints([Path(saved)], {CUSTOMER}, {"notes"}))


def test_a_service_whose_folder_is_gone_is_named_with_the_command_that_deletes_it(checkout: Path) -> None:
    del checkout
    gone = Path("functions/gone")
    line = ("gone", "its template is gone. Run: make delete SERVICE=gone")
    assert list(hints([gone / "template.yaml", gone / "app.py"], {gone}, set())) == [line]


@pytest.mark.parametrize(
    ("saved", "carried"),
    [
        ("functions/customer/app.py", True),
        ("functions/customer/parts/one.py", True),
        ("functions/customer/openapi.json", True),
        ("functions/customer/static/page.css", True),
        ("functions/customer/templates/page.html", True),
        ("functions/shared/requests/etag.py", True),
        ("functions/customer/template.yaml", False),
        ("functions/customer/README.md", False),
        ("functions/credit/app.py", False),
    ],
)
def test_a_saved_file_that_the_artefact_carries_is_put_live(saved: str, *, carried: bool) -> None:
    assert is_carried(CUSTOMER, [Path(saved)]) is carried


def test_a_route_that_the_template_does_not_have_is_named(checkout: Path) -> None:
    folder = checkout / "functions" / "loan"
    (folder / "app.py").write_text(CODE, encoding="utf-8")
    assert missing_routes(folder / "template.yaml") == ["PUT /v1/loans/{loan_id}/terms"]
    assert list(routes_of(CODE.encode())) == [
        "GET /v1/loans",
        "GET /v1/loans/{loan_id}",
        "PUT /v1/loans/{loan_id}/terms",
    ]


def test_files_of_editors_and_of_other_encodings_do_not_end_the_search_for_routes(checkout: Path) -> None:
    folder = checkout / "functions" / "loan"
    (folder / ".#app.py").symlink_to("user@host.1234:1700000000")  # emacs: a file with unsaved changes
    (folder / "latin.py").write_bytes("# coding: latin-1\n# é\n".encode("latin-1"))
    (folder / "app.py").write_text(CODE, encoding="utf-8")
    assert missing_routes(folder / "template.yaml") == ["PUT /v1/loans/{loan_id}/terms"]
