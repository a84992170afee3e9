"""What the README says is what the code does."""

import re

from functions.profile.models import ProfilePartStatus
from functions.profile.parts import DEADLINE_SECONDS
from functions.profile.responses import MAX_BYTES
from infra.templates import ROOT, load, routes
from tests.support.routes import Route, declared

FOLDER = ROOT / "functions" / "profile"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_routes_are_those_of_the_template() -> None:
    rows = re.findall(r"^\| ([A-Z]+) (/[^ ?]*)\S* \| (\S+) \|", README, re.MULTILINE)
    listed = [Route(method, path, () if scope == "public" else (scope,)) for method, path, scope in rows]
    assert sorted(listed) == sorted(map(declared, routes(load(FOLDER / "template.yaml")).values()))


def test_every_status_of_a_part_is_explained() -> None:
    _, _, table = README.partition("| status |")
    assert re.findall(r"^\| ([a-z_]+) \|", table, re.MULTILINE) == list(ProfilePartStatus)


def test_the_limits_are_those_of_the_code() -> None:
    assert f"over {MAX_BYTES // 1024} KB" in README
    assert f"after {DEADLINE_SECONDS:.0f} seconds" in README
