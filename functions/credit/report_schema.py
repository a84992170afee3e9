"""JSON Schema of the rules of a new credit report. The validators in new_report.py check the same rules."""

from functions.credit.reference.score_models import SCORE_MODELS, Bureau, ScoreModelName, versions
from functions.shared.plain.json_schema import Schema, all_null, not_null


def add_report_rules(schema: Schema) -> None:
    """Add the rules to a schema: score or cause, versions of each bureau, and the range of each scale."""
    scales = {model.scale for model in SCORE_MODELS.values()}
    schema["properties"]["score"] |= {
        "minimum": min(scale.minimum for scale in scales),
        "maximum": max(scale.maximum for scale in scales),
    }
    schema |= {
        "if": not_null("score", "integer"),
        "then": all_null("unscorable"),
        "else": not_null("unscorable", "string"),
        "allOf": [*map(_delivered, _MODELS), *map(_scored, ScoreModelName)],
    }


_MODELS = [(bureau, name) for bureau in Bureau for name in ScoreModelName]


def _delivered(model: tuple[Bureau, ScoreModelName]) -> Schema:
    bureau, name = model
    return {
        "if": {"properties": {"bureau": {"const": bureau.value}, "model": {"const": name.value}}},
        "then": {"properties": {"model_version": {"enum": versions(name, bureau)}}},
    }


def _scored(name: ScoreModelName) -> Schema:
    scales = {model.scale for (family, _), model in SCORE_MODELS.items() if family == name}
    limits = {
        "minimum": min(scale.minimum for scale in scales),
        "maximum": max(scale.maximum for scale in scales),
    }
    return {"if": {"properties": {"model": {"const": name.value}}}, "then": {"properties": {"score": limits}}}
