"""Social security numbers: which are taken, how a refusal words it, and that none is ever shown."""

import traceback
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr, ValidationError

from functions.shared.plain.problems import Problem, invalid
from functions.ssn.models import MaskedSsn, Record, SubmittedSsn

CREATED = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
REPLACED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

UNISSUABLE = "666-73-8046"

FORM = "Send nine digits, written AAA-GG-SSSS, AAAGGSSSS or AAA GG SSSS"
NEVER_ISSUED = "Send a real number: this one is for specimens or advertisements"
ITIN = "Looks like a taxpayer number (ITIN), not a social security number"
ATIN = "Looks like an adoption taxpayer number (ATIN), not a social security number"
AREA = "No social security number starts with 000 or 666"
AREA_9 = "No social security number starts with 9"
GROUP = "No social security number has 00 as its middle digits"
SERIAL = "No social security number ends with 0000"


def submit(ssn: str) -> SubmittedSsn:
    return SubmittedSsn.model_validate_json(f'{{"ssn": "{ssn}"}}', strict=True)


@pytest.mark.parametrize("written", ["512-73-8046", "512738046", "512 73 8046"])
def test_a_number_is_taken_as_people_write_it_and_held_as_nine_digits(written: str) -> None:
    assert submit(written).ssn.get_secret_value() == "512738046"


@pytest.mark.parametrize(
    "ssn", ["001-01-0001", "734-01-0001", "749010001", "773-99-9999", "899-99-9999", "665-01-0001"]
)
def test_every_area_since_randomisation_is_taken(ssn: str) -> None:
    assert len(submit(ssn).ssn) == 9


@pytest.mark.parametrize(
    ("ssn", "message"),
    [
        ("", FORM),
        ("51273804", FORM),
        ("5127380461", FORM),
        ("512-738046", FORM),
        ("512-73 8046", FORM),
        ("51-2738046", FORM),
        ("512_73_8046", FORM),
        (" 512738046", FORM),
        ("512738046 ", FORM),
        ("512738046\\n", FORM),
        ("51273804O", FORM),
        ("٥١٢٧٣٨٠٤٦", FORM),
        ("512\u201373\u20138046", FORM),
        ("***-**-8046", FORM),
        ("078-05-1120", NEVER_ISSUED),
        ("219099999", NEVER_ISSUED),
        ("987-65-4320", NEVER_ISSUED),
        ("987-65-4329", NEVER_ISSUED),
        ("900-50-1234", ITIN),
        ("912-65-1234", ITIN),
        ("987-65-4330", ITIN),
        ("999-70-1234", ITIN),
        ("999-88-1234", ITIN),
        ("950-90-1234", ITIN),
        ("950-92-1234", ITIN),
        ("950-94-1234", ITIN),
        ("950-99-1234", ITIN),
        ("950-93-1234", ATIN),
        ("900-49-1234", AREA_9),
        ("900-66-1234", AREA_9),
        ("999-69-1234", AREA_9),
        ("999-89-1234", AREA_9),
        ("900-00-0000", AREA_9),
        ("000-12-3456", AREA),
        ("666-12-3456", AREA),
        ("512-00-8046", GROUP),
        ("512-73-0000", SERIAL),
    ],
)
def test_a_number_that_cannot_be_a_persons_is_refused_with_the_reason(ssn: str, message: str) -> None:
    assert [(error["pointer"], error["message"]) for error in refusal(ssn).errors] == [("/ssn", message)]


def refusal(ssn: str) -> Problem:
    with pytest.raises(ValidationError) as refused:
        submit(ssn)
    return invalid(refused.value, "")


@pytest.mark.parametrize(
    "body", ['{"ssn": "%s"}', '{"ssn": "%s"', '{"ssn": ["%s"]}', '{"ssn": "x", "other": "%s"}', '"%s"']
)
def test_the_text_of_a_refusal_does_not_hold_the_number(body: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SubmittedSsn.model_validate_json(body % UNISSUABLE, strict=True)
    for text in (str(refused.value), repr(refused.value), "".join(traceback.format_exception(refused.value))):
        assert "8046" not in text


def test_a_number_in_hand_shows_itself_in_no_text() -> None:
    submitted = submit("512-73-8046")
    texts = [str(submitted), repr(submitted), f"{submitted.ssn}", f"{submitted.ssn!r}", submitted.model_dump_json()]
    assert [text for text in texts if "8046" in text or "512" in text] == []


def test_the_masked_form_shows_the_last_four_digits() -> None:
    masked = MaskedSsn.of(Record.create(CREATED), SecretStr("6789"))
    assert masked.model_dump_json() == (
        '{"masked":"***-**-6789","kind":"ssn","created_at":"2026-11-22T15:00:00.000Z",'
        '"updated_at":"2026-11-22T15:00:00.000Z","verified":false,"verified_at":null,"version":1}'
    )


def test_a_replaced_number_keeps_its_creation_and_loses_its_verification() -> None:
    replaced = Record(created_at=CREATED, updated_at=CREATED, verified=True, version=4).replaced(REPLACED)
    assert replaced == Record(created_at=CREATED, updated_at=REPLACED, verified=False, version=5)
