"""A fault that the gate must find, put into a copy of a template of this project."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A fault and where the gate must find it.

    Attributes:
        name: names the fault.
        folder: of the template that it is put into.
        inject: puts it into the template.
        resource: the logical id that the finding must name; empty for the template.
        place: what the finding's property must contain.
        setting: in which the template has the fault.
    """

    name: str
    folder: str
    inject: Callable[[Template], object]
    resource: str
    place: str
    setting: str = "prod"


def properties(template: Template, resource: str) -> Template:
    """The properties of a resource."""
    found: Template = template["Resources"][resource]["Properties"]
    return found


def statement(template: Template, role: str) -> Template:
    """The first statement of a role's first policy."""
    found: Template = properties(template, role)["Policies"][0]["PolicyDocument"]["Statement"][0]
    return found


def decryption(template: Template, key: str) -> Template:
    """The statement of a key's policy that denies decryption."""
    found: Template = properties(template, key)["KeyPolicy"]["Statement"][1]
    return found


def trust(template: Template, role: str) -> Template:
    """The first statement of a role's trust policy."""
    found: Template = properties(template, role)["AssumeRolePolicyDocument"]["Statement"][0]
    return found


def copies(template: Template, resource: str, count: int) -> None:
    """Copy a resource many times."""
    template["Resources"] |= {f"{resource}{number}": template["Resources"][resource] for number in range(count)}


CREDIT, CUSTOMER, SSN, GATEWAY = "functions/credit", "functions/customer", "functions/ssn", "gateway_config"
LONG = "x" * 70
