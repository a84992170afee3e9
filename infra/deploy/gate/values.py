"""Values of a rendered template, with plausible names and ARNs in place of references."""

import re
from collections.abc import Mapping
from typing import Any

Template = Mapping[str, Any]

_PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "dossier-aaaaaaaaaaaaaaaa-customer",
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:123456789012:table/{}",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:123456789012:key/{}",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:123456789012:function:{}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:123456789012:log-group:{}:*",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{}",
    "AWS::SNS::Topic": "arn:aws:sns:us-east-1:123456789012:{}",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:123456789012:{}",
}


def resolved(value: Any, template: Template) -> Any:
    """Return a value with each reference replaced by a parameter's value or by a plausible ARN or name."""
    result = value
    match value:
        case {"Ref": str(name)}:
            result = _reference(name, template)
        case {"Fn::GetAtt": [str(name), "StreamArn"]}:
            result = f"{_ARNS['AWS::DynamoDB::Table'].format(name)}/stream/label"
        case {"Fn::GetAtt": [str(name), *_]}:
            kind = template["Resources"].get(name, {}).get("Type", "")
            result = _ARNS.get(kind, "arn:aws:s3:::{}").format(name)
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]}:
            result = re.sub(r"\$\{([^}]+)\}", lambda match: str(_substituted(match[1], template)), text)
        case {"Fn::Join": [str(separator), list(parts)]}:
            result = separator.join(str(resolved(part, template)) for part in parts)
        case {"Fn::Split": [str(separator), part]}:
            result = str(resolved(part, template)).split(separator)
        case dict():
            result = {name: resolved(member, template) for name, member in value.items()}
        case list():
            result = [resolved(member, template) for member in value]
    return result


def _substituted(name: str, template: Template) -> Any:
    logical_id, dot, _ = name.partition(".")
    if dot:
        return resolved({"Fn::GetAtt": [logical_id, "Arn"]}, template)
    return _reference(name, template)


def _reference(name: str, template: Template) -> Any:
    if name in _PSEUDO:
        return _PSEUDO[name]
    if name in template.get("Parameters", {}):
        return template["Parameters"][name].get("Default", name)
    if template["Resources"].get(name, {}).get("Type") == "AWS::IAM::ManagedPolicy":
        # Its reference is its ARN, unlike that of other types.
        return f"arn:aws:iam::123456789012:policy/{name}"
    return name
