"""The tables of the service's README say what the code says."""

from datetime import timedelta

from functions.shared.aws.quota import Quota
from functions.ssn import app, quota, reveal
from infra.templates import ROOT

README = (ROOT / "functions" / "ssn" / "README.md").read_text(encoding="utf-8")


def test_its_routes_and_scopes_are_those_of_the_app() -> None:
    rows = README.split("| route | scope | does |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    told = {tuple(cell.strip() for cell in row.split("|")[1:3]) for row in rows}
    registered = {
        (f"{method} {path}", entry.authorizer.scopes[0] if entry.authorizer else "public")
        for path, entries in [*app.app.routes.items(), *reveal.app.routes.items()]
        for method, entry in entries.items()
    }
    assert told == registered


def test_the_table_of_quotas_says_what_is_counted() -> None:
    rows = README.split("| question | at most | counted for |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    told = {}
    for row in rows:
        name, limit, _ = (cell.strip() for cell in row.strip("|").split("|"))
        told[name.partition(":")[0]] = limit.replace(",", "")
    quotas = [value for value in vars(quota).values() if isinstance(value, Quota)]
    assert told == {each.name: f"{each.limit} in {each.window // timedelta(hours=1)} h" for each in quotas}
