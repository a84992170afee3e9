"""The table of the service's README says what the code says."""

from functions.ssn import app, reveal
from infra.templates import ROOT

README = (ROOT / "functions" / "ssn" / "README.md").read_text()


def test_its_routes_and_scopes_are_those_of_the_app() -> None:
    rows = README.split("| route | scope | does |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    told = {tuple(cell.strip() for cell in row.split("|")[1:3]) for row in rows}
    registered = {
        (f"{method} {path}", entry.authorizer.scopes[0] if entry.authorizer else "public")
        for path, entries in [*app.app.routes.items(), *reveal.app.routes.items()]
        for method, entry in entries.items()
    }
    assert told == registered
