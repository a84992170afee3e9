"""Tables and examples of the service's README agree with the code."""

import re
from itertools import groupby

from functions.credit import retained
from functions.credit.app import app
from functions.credit.freezes import NewFreeze
from functions.credit.new_report import NewCreditReport
from functions.credit.reference.disclosures import BASES, ExportKind
from functions.credit.reference.purposes import RULES, CreditPurpose
from functions.credit.reference.score_models import SCORE_MODELS
from functions.credit.times import Period
from infra.templates import ROOT

README = (ROOT / "functions" / "credit" / "README.md").read_text(encoding="utf-8")


def rows(header: str) -> list[list[str]]:
    table = README.split(f"| {header} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table]


def kept(period: Period) -> str:
    months = f"{period.months} months"
    return f"{months}, from {period.days} days after it" if period.days else months


def test_its_models_ranges_and_bands_are_those_of_the_code() -> None:
    expected = []
    for (name, scale), group in groupby(SCORE_MODELS.items(), lambda item: (item[0][0], item[1].scale)):
        versions = ", ".join(version for (_, version), _ in group)
        bands = ", ".join(f"{start} {band}" for start, band in scale.bands)
        expected.append([str(name), versions, f"{scale.minimum}\u2013{scale.maximum}", bands])
    assert rows("model | versions | range | bands, with the score that each starts at") == expected


def test_its_example_is_a_report_that_is_taken() -> None:
    example = README.split("```json\n", 1)[1].split("```", 1)[0]
    assert NewCreditReport.model_validate_json(example, strict=True).score == 712


def test_its_purposes_are_those_of_the_code_with_the_same_paragraphs_and_rules() -> None:
    source = (ROOT / "functions" / "credit" / "reference" / "purposes.py").read_text(encoding="utf-8")
    paragraphs = dict(re.findall(r'= "(\w+)"  # (\(\w\)(?:\(\w+\))*(?: and \(5\))?)', source))
    documented = rows("purpose | FCRA 604 | passes a freeze by 15 USC 1681c-1(i)(4) | hard | inquiries kept")
    assert documented == [
        [
            purpose,
            paragraphs[purpose],
            RULES[purpose].freeze_exception or "no",
            "yes" if RULES[purpose].hard else "no",
            kept(RULES[purpose].kept),
        ]
        for purpose in CreditPurpose
    ]


def test_its_table_of_exported_records_is_that_of_the_code() -> None:
    documented = rows("kind | law under which it is given | kept")
    assert documented == [[kind, BASES[kind].law, BASES[kind].retention] for kind in ExportKind]


def test_its_freeze_is_one_that_is_taken() -> None:
    example = README.split("```json\n")[2].split("```", 1)[0]
    assert NewFreeze.model_validate_json(example, strict=True).all is not None


def test_its_routes_and_scopes_are_those_of_the_app() -> None:
    documented = {(route, scope) for route, scope, _ in rows("route | scope | does")}
    registered = {
        (f"{method} {path}", entry.authorizer.scopes[0] if entry.authorizer else "public")
        for path, entries in (app.routes | retained.app.routes).items()
        for method, entry in entries.items()
    }
    assert documented == registered
