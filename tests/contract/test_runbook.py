"""The runbook has a section for every alarm."""

import re

from infra.templates import ROOT
from tests.support.templates import Template, service_templates

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def sections() -> dict[str, str]:
    """The text of each alarm's section."""
    parts = re.split(r"^## (.+)$", RUNBOOK, flags=re.MULTILINE)[1:]
    return {name: text for names, text in zip(parts[::2], parts[1::2], strict=True) for name in names.split(", ")}


def test_each_alarm_has_a_section_and_each_section_an_alarm() -> None:
    templates = map(Template.read, service_templates())
    alarms = {name for template in templates for kind in ALARMS for name in template.of(kind)}
    assert set(sections()) == alarms


def test_each_section_states_meaning_first_look_fix_and_test() -> None:
    for name, text in sections().items():
        assert re.findall(r"^- \*\*(.+?)\*\*: ", text, re.MULTILINE) == ["Meaning", "First look", "Fix", "Test"], name
