"""Types of request bodies: text that people read, and strings of one form."""

from typing import Annotated

import pytest
from hypothesis import given
from pydantic import BaseModel, StringConstraints, ValidationError

from functions.shared.plain.problems import invalid
from functions.shared.plain.values import Form, RequestBody, Text, lines
from tests.support.texts import FILLERS, readable


class Note(RequestBody):
    """A text, and what may be left out."""

    text: Annotated[Text, StringConstraints(max_length=20)]
    colour: Annotated[str, Form("^[a-z]+$", "Send a colour, such as red")] = "red"
    tags: list[str] = []  # noqa: RUF012 - pydantic copies it


def refused(**members: object) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refusal:
        Note.model_validate({"text": "a", **members})
    return [(error["pointer"], error["message"]) for error in invalid(refusal.value, "").errors]


# NFC makes up to three characters of one, such as U+1D160, and `Note` allows 20.
@given(readable(6))
def test_visible_text_is_kept(text: str) -> None:
    assert Note(text=text).text.strip() == Note(text=text).text != ""


@pytest.mark.parametrize(
    "text",
    [
        "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc",  # Persian: ZWNJ between letters
        "\u0647\u200d",  # Arabic: an abbreviation that ends with ZWJ
        "\u05d0\u05b8\u200d\u05d1",  # Hebrew, pointed
        "\u0915\u094d\u200d\u0937",  # Devanagari: ZWJ after a virama
        "\u09b0\u200d\u09cd\u09af",  # Bengali: ZWJ before a virama
        "\u0d28\u0d4d\u200d",  # Malayalam: a chillu at the end
        "\U0001f469\U0001f3fd\u200d\U0001f680",  # emoji: an astronaut
        "\U0001f468\u200d\u2764\ufe0f\u200d\U0001f468",  # emoji: hearts with a variation selector
        "1\ufe0f\u20e3",
        "\u2139\ufe0f",
        "\u845b\U000e0100",  # an ideograph with a variation
        "\u1828\u1820\u1837\u1820\u1828\u180e\u1820",  # Mongolian: a separator before the last vowel
        "\u0600\u0661",  # ARABIC NUMBER SIGN: Cf, and visible
    ],
)
def test_characters_that_a_script_or_an_emoji_needs_are_kept(text: str) -> None:
    assert Note(text=text).text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\u200b", "Remove character 1, U+200B ZERO WIDTH SPACE: it hides or reorders text"),
        ("  A\u200bda", "Remove character 4, U+200B ZERO WIDTH SPACE: it hides or reorders text"),
        ("A\u202eda", "Remove character 2, U+202E RIGHT-TO-LEFT OVERRIDE: it hides or reorders text"),
        ("A\u2066da", "Remove character 2, U+2066 LEFT-TO-RIGHT ISOLATE: it hides or reorders text"),
        ("A\u200fda", "Remove character 2, U+200F RIGHT-TO-LEFT MARK: it hides or reorders text"),
        ("A\u00adda", "Remove character 2, U+00AD SOFT HYPHEN: it hides or reorders text"),
        ("\ufeffAda", "Remove character 1, U+FEFF ZERO WIDTH NO-BREAK SPACE: it hides or reorders text"),
        ("A\U000e0041", "Remove character 2, U+E0041 TAG LATIN CAPITAL LETTER A: it hides or reorders text"),
        ("A\u034fb", "Remove character 2, U+034F COMBINING GRAPHEME JOINER: it hides or reorders text"),
        ("A\u180eda", "Remove character 2, U+180E MONGOLIAN VOWEL SEPARATOR: it hides or reorders text"),
        ("\u1828\u180e", "Remove character 2, U+180E MONGOLIAN VOWEL SEPARATOR: it hides or reorders text"),
        ("A\u200dda", "Remove character 2, U+200D ZERO WIDTH JOINER: nothing is joined here"),
        ("\u200d", "Remove character 1, U+200D ZERO WIDTH JOINER: nothing is joined here"),
        ("\U0001f680\u200d", "Remove character 2, U+200D ZERO WIDTH JOINER: nothing is joined here"),
        ("\u0647\u200d\u200d", "Remove character 3, U+200D ZERO WIDTH JOINER: nothing is joined here"),
        ("A\ufe0f", "Remove character 2, U+FE0F VARIATION SELECTOR-16: it follows nothing that it can vary"),
        ("\ufe0f", "Remove character 1, U+FE0F VARIATION SELECTOR-16: it follows nothing that it can vary"),
        ("a\x00", "Remove character 2, U+0000: it is a control character"),
        ("a\nb", "Remove character 2, U+000A: it is a control character"),
        ("a\u2028b", "Remove character 2, U+2028 LINE SEPARATOR: it is a control character"),
        ("", "Send at least one visible character"),
        (" \u3000", "Send at least one visible character"),
        ("\u0301", "Send at least one visible character"),
        ("a" * 21, "At most 20 characters"),
    ],
)
def test_text_that_hides_something_is_refused_with_the_character_and_its_place(text: str, message: str) -> None:
    assert refused(text=text) == [("/text", message)]


@pytest.mark.parametrize("filler", FILLERS)
def test_blank_letters_are_refused(filler: str) -> None:
    ((pointer, message),) = refused(text=f"A{filler}")
    assert (pointer, message.startswith(f"Remove character 2, U+{ord(filler):04X} ")) == ("/text", True)


def test_text_of_several_lines_keeps_them_and_hides_nothing() -> None:
    for text in ("", " kept\n\tas it is "):
        assert lines(text) == text
    for text in ("a\r\n", "a\u202e"):
        with pytest.raises(ValueError, match="Remove character 2"):
            lines(text)


@pytest.mark.parametrize("colour", ["Red", "", "red\n"])
def test_a_form_is_refused_with_an_example_and_without_its_pattern(colour: str) -> None:
    assert refused(colour=colour) == [("/colour", "Send a colour, such as red")]


def test_a_body_has_no_defaults_in_its_schema_and_keeps_them_in_fact() -> None:
    class Outer(BaseModel):
        note: Note

    assert Note(text="a").colour == "red"
    properties = Outer.model_json_schema()["$defs"]["Note"]["properties"]
    assert properties["colour"] == {"title": "Colour", "type": "string", "pattern": "^[a-z]+$"}
    assert "default" not in properties["tags"]
