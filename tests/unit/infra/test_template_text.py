"""Templates are written so that people and CloudFormation read the same."""

from pathlib import Path
from typing import Any

import pytest

from infra.template_text import dump, text
from infra.templates import load


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"Ref": "Table"}, " !Ref Table"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, " !GetAtt Table.Arn"),
        ({"Fn::Sub": "${Table.Arn}/index/*"}, " !Sub ${Table.Arn}/index/*"),
        ({"Fn::Sub": '{"service":"loan"}'}, ' !Sub \'{"service":"loan"}\''),
        ({"Fn::If": ["A", {"Ref": "B"}, {"Fn::GetAtt": ["C", "Arn"]}]}, " !If [A, !Ref B, !GetAtt C.Arn]"),
        ({"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, ""]}]}, " !Not [!Equals [!Ref A, '']]"),
        # A node has one tag.
        ({"Fn::Base64": {"Fn::Sub": "${A}"}}, "\n  Fn::Base64: !Sub ${A}"),
        ("2012-10-17", " '2012-10-17'"),
        ("2.0", " '2.0'"),
        (True, " true"),
        ([], " []"),
    ],
)
def test_a_value_is_written_shortly_and_reads_back(value: Any, written: str, tmp_path: Path) -> None:
    assert dump({"Value": value}) == f"Value:{written}\n"
    path = tmp_path / "template.yaml"
    path.write_text(dump({"Value": value}), encoding="utf-8")
    assert load(path) == {"Value": value}


def test_the_same_object_twice_is_said_twice() -> None:
    shared = {"Type": "String"}
    assert dump({"A": shared, "B": shared}) == "A:\n  Type: String\nB:\n  Type: String\n"


def test_a_long_text_is_folded_and_reads_back(tmp_path: Path) -> None:
    words = " ".join(["word"] * 60)
    path = tmp_path / "template.yaml"
    path.write_text(dump({"Description": words}), encoding="utf-8")
    assert load(path) == {"Description": words}
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4


def test_a_comment_says_where_each_part_is_from() -> None:
    sections = {"Resources": {"A": {"Type": "T"}, "B": {"Type": "T"}, "C": {"Type": "T"}}}
    sources = {("Resources", "A"): "one", ("Resources", "B"): "one", ("Resources", "C"): "two"}
    assert (
        text("# Head\n", {"Transform": "X"}, sections, sources)
        == """\
# Head
Transform: X

Resources:
  # one
  A:
    Type: T

  B:
    Type: T

  # two
  C:
    Type: T
"""
    )
