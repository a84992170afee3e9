"""Renders a template as CloudFormation receives it: conditions decided, SAM translated by AWS's own translator."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from infra.templates import TemplateBroken, conditions, decided

SAM = "AWS::Serverless-2016-10-31"


@dataclass(frozen=True)
class Setting:
    """A stage as it may be deployed.

    Attributes:
        name: for messages.
        parameters: values that differ from the template's defaults.
    """

    name: str
    parameters: dict[str, str] = field(default_factory=dict)


_TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
SETTINGS = [
    Setting("dev", {"Stage": "dev"}),
    Setting(
        "prod",
        {
            "Stage": "prod",
            "AlarmTopic": _TOPIC,
            "AllowedOrigins": "https://app.example.com",
            "Canary": "true",
            "MonthlyBudget": "100",
            "RequestMetrics": "on",
            "RoleBoundary": "arn:aws:iam::123456789012:policy/dossier-boundary",
        },
    ),
    Setting("scoped", {"Stage": "dev", "PublicRoutes": "scoped"}),
    Setting("local", {"Stage": "local", "AlarmTopic": _TOPIC}),
    # The longest name of a stage that `make deploy` accepts.
    Setting("longest stage name", {"Stage": "a" * 16, "PublicUrl": "https://api.example.com"}),
]


class RenderingFailed(Exception):
    """A template that cannot be rendered, and the logical id of the resource if it is known."""

    def __init__(self, message: str, resource: str = "") -> None:
        """Keep the message and the resource."""
        super().__init__(message)
        self.resource = resource


class _NoManagedPolicies(ManagedPolicyLoader):  # type: ignore[misc]
    """SAM's policy templates by name, of which no template here uses one."""

    def __init__(self) -> None:
        """Need no client of IAM."""

    def load(self) -> dict[str, str]:
        """Return none."""
        return {}


def rendered(template: dict[str, Any], setting: Setting) -> dict[str, Any]:
    """Return the CloudFormation template of a SAM template in one setting.

    Raises:
        RenderingFailed: the template is not valid SAM, or a condition cannot be decided.
    """
    values = {name: str(one.get("Default", "value")) for name, one in template.get("Parameters", {}).items()}
    values |= {name: value for name, value in setting.parameters.items() if name in values}
    try:
        document = _with_values(_decided(template, values), values)
        return dict(transform(document, {}, _NoManagedPolicies()))
    except TemplateBroken as broken:
        raise RenderingFailed(str(broken)) from None
    except InvalidDocumentException as invalid:
        cause = next(iter(invalid.causes), invalid)
        resource = str(getattr(cause, "_logical_id", ""))
        raise RenderingFailed(str(getattr(cause, "message", cause)), resource) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The translator checks less than CloudFormation does.
        raise RenderingFailed(f"AWS's translator fails: {type(error).__name__}: {error}") from None


def _decided(template: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Decide each `Fn::If`, and leave out the resources and outputs whose condition does not hold."""
    holds = conditions(template, values)
    document: dict[str, Any] = copy.deepcopy(decided(template, template, values))
    document.pop("Conditions", None)
    document["Transform"] = SAM
    for section in ("Resources", "Outputs"):
        members = document.get(section, {})
        for name in list(members):
            if isinstance(members[name], dict) and not holds.get(members[name].pop("Condition", ""), True):
                del members[name]
    return document


def _with_values(document: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Make the setting's values the parameters' defaults, and give the code a place."""
    for name, parameter in document.get("Parameters", {}).items():
        if "SSM" not in parameter["Type"]:
            parameter["Default"] = values[name]
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {}) if isinstance(resource, dict) else {}
        if isinstance(properties.get("CodeUri"), str):
            properties["CodeUri"] = {"Bucket": "artifacts", "Key": "artifact.zip"}
    # As CloudFormation reads it: no tuples, no shared objects.
    return dict(json.loads(json.dumps(document)))
