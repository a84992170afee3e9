"""The leak hunt: numbers are sent in every way, and then looked for everywhere but in the request."""

import logging
import os
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.leaks import Transcript, found, items, leaves, patterns
from tests.support.clients import client_of
from tests.support.gateway import Answer, Gateway

PUT = "PUT /v1/ssn/{customer_id}"
GET = "GET /v1/ssn/{customer_id}"
ADA = "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"
NUMBERS = ["512738046", "601207735", "733419052", "248506193", "867904215"]
FOLLOWING = ["412738046", "401207735", "433419052", "448506193", "467904215"]


def journey(gateway: Gateway, digits: str, following: str, customer_id: str) -> Iterator[Answer]:
    """Everything that can happen to a number, by intent or by mistake."""
    hyphenated = f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"
    here = {"customer_id": customer_id}
    yield gateway.call(PUT, path=here, body={"ssn": hyphenated})
    yield gateway.call(GET, path=here)
    yield gateway.call(PUT, path=here, body={"ssn": digits})
    yield gateway.call(PUT, path=here, body={"ssn": digits}, headers={"If-Match": '"7"'})
    yield gateway.call(PUT, path=here, body={"ssn": following}, headers={"If-Match": '"1"'})
    yield gateway.call(PUT, path=here, body={"ssn": digits}, headers={"If-Match": hyphenated})
    for mistake in (digits, hyphenated, hyphenated.replace("-", " "), digits[::-1], "666" + digits[3:]):
        yield gateway.call(PUT, path=here, body={"ssn": mistake, mistake: mistake})
        yield gateway.call(PUT, path=here, body={mistake: {mistake: [mistake]}})
        yield gateway.call(PUT, path=here, body={"ssn": [mistake]})
        yield gateway.call(PUT, path=here, body=f'{{"ssn": "{mistake}"')
        yield gateway.call(PUT, path=here, body=mistake, headers={"Content-Type": f"text/{mistake}"})
        yield gateway.call(PUT, path=here, query={mistake: mistake}, body={"ssn": digits})
        yield gateway.call(PUT, path={"customer_id": mistake}, body={"ssn": digits})
        yield gateway.call(GET, path={"customer_id": mistake}, headers={"traceparent": mistake})
    yield gateway.call("DELETE /v1/ssn/{customer_id}", path=here, body={"ssn": digits})


def test_the_hunt_finds_a_number_in_every_form_it_looks_for() -> None:
    straws: dict[str, str | bytes] = {
        "digits, plain": "at 512738046.",
        "hyphenated, plain": "at 512-73-8046.",
        "spaced, plain": "at 512 73 8046.",
        "digits, reversed, plain": "at 640837215.",
        "hyphenated, reversed, plain": "at 6408-37-215.",
        "digits, hex": b"512738046".hex().upper(),
        "digits, base64 at 0": b64encode(b"abc512738046xyz"),
        "digits, base64 at 1": b64encode(b"a512738046xyz"),
        "digits, base64 at 2": b64encode(b"ab512738046xyz"),
        "hyphenated, base64 at 1": b64encode(b"abcd512-73-8046"),
    }
    assert {name: found(["512738046"], [straw]) for name, straw in straws.items()} == {name: [name] for name in straws}
    assert len(patterns("512738046")) == 30


def test_no_number_is_found_in_tables_logs_answers_or_calls_to_aws(
    gateway: Gateway, sent: Sent, transcript: Transcript
) -> None:
    answers = []
    for at, digits in enumerate(NUMBERS):
        customer_id = f"cus_01JD8Z4Q7X9V5T3R1N0M2K4H6{at}"
        answers += list(journey(gateway, digits, FOLLOWING[at], customer_id))
    assert [answer.status for answer in answers if answer.status >= 500] == []
    assert sum(answer.status < 300 for answer in answers) == 20
    assert len(answers) == 5 * 47
    stored = items(os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"])
    # What is marked goes to KMS and nowhere else.
    calls = [{name: said for name, said in call.items() if name != "Message"} for _, call in sent]
    answered = [text for answer in answers for text in (answer.text, *answer.headers.values())]
    for pile in (list(leaves(stored)), list(leaves(calls)), [*transcript.lines], [*answered]):
        assert len(pile) > 50
        assert found([*NUMBERS, *FOLLOWING], pile) == []


def test_the_last_four_are_found_in_answers_that_succeed_and_nowhere_else(
    gateway: Gateway, sent: Sent, transcript: Transcript
) -> None:
    answers = list(journey(gateway, "512738046", "601207735", ADA))
    refused = [answer.text for answer in answers if answer.status >= 300]
    stored = leaves(items(os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"]))
    everywhere = [*refused, *transcript.lines, *stored, *leaves([parameters for _, parameters in sent])]
    pile = b"\n".join(straw.encode() if isinstance(straw, str) else straw for straw in everywhere)
    assert [masked for masked in (b"-**-8046", b"-**-7735", b'"8046"', b'"7735"', b"'8046'") if masked in pile] == []


def data_keys() -> list[bytes]:
    """The unwrapped data keys of Ada's number, in the form in which KMS's answers have them."""
    (keys,) = [item for item in items(os.environ["KEYRING_NAME"]) if item["sk"] == {"S": "KEYS"}]
    unwrapped = []
    for field, key_id in (("ssn", "NUMBER_KEY_ID"), ("ssn_last4", "LAST4_KEY_ID")):
        context = {"service": "ssn", "table": "dossier-test-ssn", "customer": ADA, "field": field, "v": "1"}
        answer = client_of("kms").decrypt(
            KeyId=os.environ[key_id], CiphertextBlob=keys[field]["B"], EncryptionContext=context
        )
        unwrapped.append(b64encode(answer["Plaintext"]))
    return unwrapped


@pytest.mark.parametrize(("botocore_level", "keys_in_the_log"), [(logging.NOTSET, 2), (None, 0)])
def test_no_data_key_is_in_the_log_although_botocore_would_write_it(
    gateway: Gateway, transcript: Transcript, botocore_level: int | None, keys_in_the_log: int
) -> None:
    botocore = logging.getLogger("botocore")
    level = botocore.level
    if botocore_level is not None:
        botocore.setLevel(botocore_level)
    gateway.call(PUT, path={"customer_id": ADA}, body={"ssn": "512738046"})
    gateway.call(GET, path={"customer_id": ADA})
    botocore.setLevel(level)
    log = "\n".join(transcript.lines)
    assert sum(key.decode() in log for key in data_keys()) == keys_in_the_log


def test_a_write_that_fails_half_way_stores_nothing_and_logs_no_number(
    gateway: Gateway, transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = os.environ["KEYRING_NAME"]
    monkeypatch.setenv("KEYRING_NAME", "no-such-table")
    answer = gateway.call(PUT, path={"customer_id": ADA}, body={"ssn": "512738046"})
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert items(os.environ["TABLE_NAME"], keyring) == []
    assert any('"message": "defect"' in line for line in transcript.lines)
    assert found(["512738046"], [answer.text, *transcript.lines]) == []
