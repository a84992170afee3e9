"""The gate: checks templates by AWS's rules without an account, in every setting that a stage may have.

    python -m infra.deploy.gate [--json] [TEMPLATE…]

Without templates: the gateway's, each service's, the composed one and the examples'. Each is rendered (conditions
decided, SAM translated by AWS's own translator) and checked with cfn-lint and with the rules of rules.py.
"""

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from infra.bootstrap import ROOT
from infra.deploy.gate import access, events, permissions, release, rules
from infra.deploy.gate.render import SETTINGS, RenderingFailed, Setting, rendered
from infra.deploy.gate.rules import Finding
from infra.templates import TemplateBroken, load

# Rendering removes references to parameters.
IGNORED = {"W2001"}
RULES = (*rules.RENDERED, *access.RENDERED, *permissions.RENDERED, *release.RENDERED, *events.RENDERED)


def main() -> int:
    """Print each finding of each template once, with the settings in which it holds."""
    parser = argparse.ArgumentParser(prog="infra.deploy.gate", description=__doc__)
    parser.add_argument("templates", nargs="*", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a finding")
    parser.add_argument("--setting", choices=[setting.name for setting in SETTINGS], help="only this one")
    arguments = parser.parse_args()
    settings = [setting for setting in SETTINGS if arguments.setting in {None, setting.name}]
    # Python's garbage collector looks at all of cfn-lint's schemas, which took a sixth of the time.
    gc.set_threshold(100_000, 10, 50)
    # It warns that nobody collects its metrics.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    # The translator asks for a Region when it is used first.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    templates = [path.resolve() for path in arguments.templates] or default_templates()
    count = 0
    for path in templates:
        for finding, names in found(path, settings).items():
            count += 1
            name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
            if arguments.json:
                print(json.dumps({"template": name, "settings": names, **finding._asdict()}))
            else:
                where = "/".join(filter(None, (finding.resource, finding.place)))
                print(f"{name}: {where}: {finding.message} [{finding.rule}; {', '.join(names)}]")
    if not arguments.json:
        print(f"{len(templates)} templates in {len(settings)} settings, {count} findings", file=sys.stderr)
    return int(count > 0)


def default_templates() -> list[Path]:
    """Return every template that is deployed from here."""
    return [
        ROOT / "template.yaml",
        ROOT / "gateway_config" / "template.yaml",
        *sorted(ROOT.glob("functions/*/template.yaml")),
        *sorted(ROOT.glob("examples/*/template.yaml")),
        permissions.ACCOUNT,
    ]


def found(path: Path, settings: Iterable[Setting]) -> dict[Finding, list[str]]:
    """Return the findings of a template, each with the names of the settings in which it holds."""
    try:
        template = load(path)
    except TemplateBroken as broken:
        return {Finding("not a template", "", "", str(broken)): ["all"]}
    findings: dict[Finding, list[str]] = {finding: ["all"] for finding in rules.nulls(template)}
    if findings:
        return findings
    findings |= {finding: ["all"] for finding in release.written(template)}
    for setting in settings:
        for finding in checked(template, setting):
            findings.setdefault(finding, []).append(setting.name)
    return findings


def checked(template: dict[str, Any], setting: Setting) -> Iterable[Finding]:
    """Return the findings of one rendering."""
    try:
        document = rendered(template, setting)
    except RenderingFailed as failure:
        return [Finding("rendering", failure.resource, "", str(failure))]
    own = [finding for rule in RULES for finding in rule(document, setting)]
    # cfn-lint takes minutes for a template over the quotas.
    is_too_large = any(finding.rule == "quota" and not finding.resource for finding in own)
    return dict.fromkeys([*own, *(() if is_too_large else linted(document))])


def linted(document: dict[str, Any]) -> Iterator[Finding]:
    """Yield cfn-lint's findings."""
    from cfnlint.api import ManualArgs, lint  # noqa: PLC0415 - half a second

    for match in lint(json.dumps(document), config=ManualArgs(regions=["us-east-1"])):
        path = [str(part) for part in match.path]
        if match.rule.id not in IGNORED:
            resource = path[1] if path[:1] == ["Resources"] and len(path) > 1 else ""
            yield Finding(match.rule.id, resource, "/".join(path[2:] if resource else path), match.message)


if __name__ == "__main__":
    sys.exit(main())
