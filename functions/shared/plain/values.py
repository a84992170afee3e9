"""Types of request bodies: their base class, text for people, and strings of one form."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from functions.shared.plain.clock import to_millisecond, utc
from functions.shared.plain.problems import pointer

_JOIN_CONTROLS = "\u200c\u200d"
# MONGOLIAN VOWEL SEPARATOR: part of the spelling before a final vowel (Unicode, section 13.5).
_SEPARATED = re.compile("(?<=[\u1820-\u18aa\u180b-\u180d\u180f])\u180e(?=[\u1820\u1821])")
_VARIATION_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt) outside of category Cf, and the blank Braille cell.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]")
# Prepended_Concatenation_Mark (Unicode, PropList.txt): visible signs of the category Cf.
_VISIBLE_FORMATS = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
SET_BY_THE_SERVICE = "Set by the service. Leave it out, or send the value that GET returns"
# Categories that a variation selector can follow: emoji, digits of keycaps, ideographs, letters without case.
_VARIED = {"Lo", "Mc", "Nd", "No", "Pd", "Po", "Sm", "So"}
_VARIED_LETTERS = "\u2139"
_VIRAMA = 9


class RequestBody(BaseModel, extra="forbid"):
    """A request body or a part of one. Its JSON schema has no `default`: clients may leave such members out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON schema without defaults: openapi-typescript counts a member that has one as required."""
        described = handler(schema)
        for member in handler.resolve_ref_schema(described).get("properties", {}).values():
            member.pop("default", None)
        return described


@dataclass(frozen=True)
class Form:
    """The form of a string, for `Annotated`. A refusal contains `message` instead of the regular expression.

    Attributes:
        pattern: regular expression of the whole string, in the syntax that Python and ECMA-262 share.
        message: what is allowed, with an example.
    """

    pattern: str
    message: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the string after the earlier checks."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the pattern."""
        return {**handler(schema), "pattern": self.pattern}

    def _checked(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise PydanticCustomError("form", "{message}", {"message": self.message})
        return text


def normal(text: str) -> str:
    """Return text in NFC without spaces around it. Everything else stays as it is written."""
    return unicodedata.normalize("NFC", text).strip()


def line(text: str) -> str:
    """Return one line of text that people read, in NFC and without spaces around it.

    Raises:
        PydanticCustomError: a character is hidden, reorders text or is a control character, or none is visible.
    """
    trimmed = text.strip()
    _refuse_hidden(trimmed, skipped=len(text) - len(text.lstrip()))
    if not any(unicodedata.category(character)[0] in "LNPS" for character in trimmed):
        raise PydanticCustomError("nothing_visible", "Send at least one visible character")
    return normal(text)


def lines(text: str) -> str:
    """Return text that may be empty or have several lines and tabs, as it is written.

    Raises:
        PydanticCustomError: a character is hidden, reorders text or is another control character.
    """
    _refuse_hidden(text, allowed="\n\t")
    return text


def changed_members(
    sent: Mapping[str, Any], current: Mapping[str, Any], ways: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the errors of read-only members that a client sends with another value than the current one.

    Args:
        sent: members of the body by name, as JSON values.
        current: members of the resource, as GET returns them.
        ways: names of the read-only members, with the message that names the way to change each.
    """
    return [
        {"pointer": pointer((name,)), "message": way}
        for name, way in ways.items()
        if name in sent and not (name in current and _same(sent[name], current[name]))
    ]


def _same(sent: Any, current: Any) -> bool:
    """Return whether JSON values are equal. Times are equal if they are the same instant."""
    if type(sent) is type(current) and sent == current:
        return True
    try:
        return isinstance(utc(sent), datetime) and to_millisecond(utc(sent)) == utc(current)
    except PydanticCustomError:
        return False


def member_error(member: str, kind: str, message: str, **context: str) -> PydanticCustomError:
    """Return an error of a model's validator that points to one of its members.

    Args:
        member: name of the member, as JSON has it.
        kind: stable name of the error.
        message: what is allowed, with names of `context` in braces.
        context: values for the message, which the client receives.
    """
    return PydanticCustomError(kind, message, {**context, "member": member})


def _refuse_hidden(text: str, allowed: str = "", skipped: int = 0) -> None:
    if text.isascii() and text.isprintable():
        return
    for at, character in enumerate(text):
        if character not in allowed and (reason := _reason(text, at)):
            point = f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
            raise PydanticCustomError(
                "hidden_character",
                "Remove character {position}, {point}: {reason}",
                {"position": skipped + at + 1, "point": point, "reason": reason},
            )


def _reason(text: str, at: int) -> str:
    """Return why the character at an index is refused; an empty string if it is allowed."""
    character = text[at]
    category = unicodedata.category(character)
    if category in {"Cc", "Cs", "Zl", "Zp"}:
        return "it is a control character"
    if _VARIATION_SELECTOR.match(character):
        return "" if at and _takes_variation(text[at - 1]) else "it follows nothing that it can vary"
    if character in _JOIN_CONTROLS:
        return "" if _joins(text, at) else "nothing is joined here"
    if _SEPARATED.match(text, at):
        return ""
    if _BLANK.match(character) or (category == "Cf" and not _VISIBLE_FORMATS.match(character)):
        return "it hides or reorders text"
    return ""


def _takes_variation(character: str) -> bool:
    return character in _VARIED_LETTERS or unicodedata.category(character) in _VARIED


def _joins(text: str, at: int) -> bool:
    """Return whether a join control is needed: next to a virama, in Arabic and similar scripts, inside an emoji.

    Source: RFC 5892, appendix A, for viramas and Arabic; Unicode Technical Standard 51 for emoji.
    """
    before, after = text[:at], text[at + 1 : at + 2]
    if before and _VIRAMA in {unicodedata.combining(before[-1]), unicodedata.combining(after or " ")}:
        return True
    base = next((character for character in reversed(before) if unicodedata.category(character) != "Mn"), " ")
    if unicodedata.bidirectional(base) in {"AL", "R"}:
        return True
    return bool(after) and (unicodedata.category(base) == "So" or _SKIN_TONES.match(base) is not None)


# One line of text that people read; combine it with StringConstraints.
Text = Annotated[str, AfterValidator(line)]
