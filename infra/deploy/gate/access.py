"""Rules for keys that decrypt, and for roles that people assume."""

from collections.abc import Callable, Iterator
from typing import Any

from infra.deploy.gate.render import Setting
from infra.deploy.gate.rules import Finding, listed, of_type
from infra.deploy.gate.values import Template, resolved

LOCAL = "local"
# Each returns the plaintext of a stored data key, or lets another key return it.
DECRYPTING = {"kms:Decrypt", "kms:ReEncryptFrom"}
PRINCIPAL = "aws:PrincipalArn"


def keys(template: Template, _: Setting) -> Iterator[Finding]:
    """Find encryption keys that a role of another resource could use, and keys that nobody could administer."""
    for logical_id, properties in of_type(template, "AWS::KMS::Key"):
        statements = properties.get("KeyPolicy", {}).get("Statement", [])
        if not any(_administers(statement) for statement in statements):
            yield Finding("key", logical_id, "KeyPolicy", "Allow kms:* to the account, so that the key can be changed")
        denied: set[str] = set()
        for statement in statements:
            if statement["Effect"] != "Deny":
                continue
            actions = set(listed(statement["Action"]))
            if actions - DECRYPTING:
                yield Finding("key", logical_id, "KeyPolicy", f"Deny only {', '.join(sorted(DECRYPTING))}")
            if _names_roles(statement, template):
                denied |= actions
        if properties.get("KeyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT" and denied < DECRYPTING:
            missing = ", ".join(sorted(DECRYPTING - denied))
            yield Finding("key", logical_id, "KeyPolicy", f"Deny {missing} unless {PRINCIPAL} is a role of this stack")


def people(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find roles that a person may assume without being named, or without MFA."""
    for logical_id, properties in of_type(template, "AWS::IAM::Role"):
        for statement in properties.get("AssumeRolePolicyDocument", {}).get("Statement", []):
            if statement["Effect"] != "Allow" or "AWS" not in statement["Principal"]:
                continue
            condition = statement.get("Condition", {})
            named = resolved(condition.get("ArnEquals", {}).get(PRINCIPAL, "*"), template)
            if any("*" in arn for arn in listed(named)):
                yield Finding("people", logical_id, "AssumeRolePolicyDocument", f"Name each person with {PRINCIPAL}")
            with_mfa = condition.get("Bool", {}).get("aws:MultiFactorAuthPresent") == "true"
            if not with_mfa and setting.parameters.get("Stage") != LOCAL:
                yield Finding(
                    "people", logical_id, "AssumeRolePolicyDocument", "Require aws:MultiFactorAuthPresent: true"
                )


RENDERED: tuple[Callable[[Template, Setting], Iterator[Finding]], ...] = (keys, people)


def _administers(statement: dict[str, Any]) -> bool:
    """Return whether a statement of a key's policy lets the account's own IAM policies decide."""
    principal = str(statement.get("Principal"))
    is_plain_allow = statement["Effect"] == "Allow" and "Condition" not in statement
    return is_plain_allow and statement["Action"] == "kms:*" and ":root" in principal


def _names_roles(statement: dict[str, Any], template: Template) -> bool:
    """Return whether a denial excepts only roles of the template."""
    excepted = listed(statement.get("Condition", {}).get("ArnNotLike", {}).get(PRINCIPAL, []))
    is_for_everybody = statement["Principal"] == "*" and list(statement.get("Condition", {})) == ["ArnNotLike"]
    roles = {name for name, _ in of_type(template, "AWS::IAM::Role")}
    return is_for_everybody and bool(excepted) and all(_role(one) in roles for one in excepted)


def _role(principal: Any) -> str:
    """Return the logical id of the role that an exception names, or an empty text."""
    match principal:
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::Sub": str(text)} if ":assumed-role/${" in text:
            return text.partition(":assumed-role/${")[2].partition("}")[0]
        case _:
            return ""
