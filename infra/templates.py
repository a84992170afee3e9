"""CloudFormation templates of this project."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.commands import CommandFailed

ROOT = Path(__file__).resolve().parent.parent


# The loader of libyaml is ten times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short tags: `!Ref x` is {"Ref": x}, `!Sub x` is {"Fn::Sub": x}."""


def _short_tag(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_tag)


class TemplateBroken(CommandFailed):
    """A template that cannot be read."""


def load(path: Path) -> dict[str, Any]:
    """Return a template with its short tags in their long form.

    Raises:
        TemplateBroken: the file is not YAML, or not a template.
    """
    try:
        document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise TemplateBroken(f"{path} is not valid YAML: {error}") from None
    if not isinstance(document, dict):
        raise TemplateBroken(f"{path} is not a CloudFormation template.")
    return document


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of a template's resources of one type, by logical id.

    Raises:
        TemplateBroken: a member of Resources is not a resource, such as Fn::ForEach.
    """
    found = template.get("Resources")
    if not isinstance(found, dict):
        raise TemplateBroken("The template has no section Resources.")
    for name, resource in found.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateBroken(
                f"{name} in Resources has no Type. Write each resource in full; Fn::ForEach is not supported."
            )
        if not isinstance(resource.get("Properties", {}), dict):
            raise TemplateBroken(f"The Properties of {name} must be names with values.")
    return {name: resource.get("Properties", {}) for name, resource in found.items() if resource["Type"] == kind}


def routes(template: dict[str, Any], parameters: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Return a template's routes by logical id, with each `Fn::If` decided by the parameters or their defaults.

    Raises:
        TemplateBroken: a condition is missing, or is not `Fn::Equals` of a parameter.
    """
    values = {name: parameter.get("Default") for name, parameter in template.get("Parameters", {}).items()}
    found = resources(template, "AWS::ApiGatewayV2::Route")
    decisions: dict[str, dict[str, Any]] = decided(found, template, {**values, **(parameters or {})})
    return decisions


def decided(value: Any, template: dict[str, Any], parameters: Mapping[str, Any]) -> Any:
    """Return a part of a template with each `Fn::If` decided, and without members that have no value.

    Raises:
        TemplateBroken: a condition is missing, or is not `Fn::Equals` of a parameter.
    """
    return _decided(value, conditions(template, parameters))


def conditions(template: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, bool]:
    """Return whether each condition of a template holds.

    Raises:
        TemplateBroken: a condition is not `Fn::Equals` of a parameter, or its negation.
    """
    return {name: _holds(name, one, parameters) for name, one in template.get("Conditions", {}).items()}


def _holds(name: str, condition: dict[str, Any], parameters: Mapping[str, Any]) -> bool:
    match condition:
        case {"Fn::Equals": [{"Ref": parameter}, value]} if parameter in parameters:
            return bool(parameters[parameter] == value)
        case {"Fn::Not": [inner]}:
            return not _holds(name, inner, parameters)
        case {"Fn::And": [*inner]}:
            return all(_holds(name, one, parameters) for one in inner)
        case _:
            raise TemplateBroken(f"The condition {name} must be Fn::Equals of a parameter, Fn::Not or Fn::And.")


def _decided(value: Any, holds: Mapping[str, bool]) -> Any:
    match value:
        case {"Fn::If": [condition, yes, no]}:
            if condition not in holds:
                raise TemplateBroken(f"Fn::If uses the condition {condition}, which is not defined.")
            return _decided(yes if holds[condition] else no, holds)
        case dict():
            members = {name: _decided(member, holds) for name, member in value.items()}
            return {name: member for name, member in members.items() if member != {"Ref": "AWS::NoValue"}}
        case list():
            return [member for member in (_decided(one, holds) for one in value) if member != {"Ref": "AWS::NoValue"}]
        case _:
            return value
