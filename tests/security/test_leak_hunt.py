"""The leak hunt: numbers go through everything the vault does, well and badly, and are then looked for everywhere else.

Looked through are the bytes of all tables, all logs at DEBUG as functions configure them, what is sent to AWS other
than the mark's message to KMS, refusals, and every answer but that of a reveal.
"""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from functions.shared.plain import log
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.leaks import Transcript, found, leaves, patterns
from tests.integration.ssn.vault import (
    BOB,
    ONE,
    WHY,
    audit,
    consent,
    erase,
    get,
    lookup,
    put,
    remove,
    restore,
    reveal,
    stored,
    verify,
)
from tests.support.gateway import Answer, Gateway

JOURNEYS = 8


def hyphenated(digits: str) -> str:
    """As it stands on a card."""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def well(gateway: Gateway, digits: str, customer_id: str) -> list[Answer]:
    """A number's life."""
    put(gateway, hyphenated(digits), customer_id)
    return [
        get(gateway, customer_id),
        put(gateway, digits, BOB),
        put(gateway, digits, customer_id),
        put(gateway, digits, customer_id, if_match='"1"'),
        verify(gateway, digits, consent(f"{customer_id}-1"), customer_id),
        verify(gateway, digits, consent(f"{customer_id}-1"), customer_id),
        verify(gateway, digits[:-1] + "1", consent(f"{customer_id}-2"), customer_id),
        verify(gateway, digits, consent("old", days_ago=91), customer_id),
        lookup(gateway, digits),
        audit(gateway, customer_id),
    ]


def badly(gateway: Gateway, digits: str, customer_id: str) -> list[Answer]:
    """A number where it does not belong."""
    here = {"customer_id": customer_id}
    answers = []
    for said in (digits, hyphenated(digits), hyphenated(digits).replace("-", " ")):
        answers += [
            gateway.call(route, path={"customer_id": path}, body=body, headers=headers)
            for route in (f"POST {ONE}/verify", f"POST {ONE}/reveal", "POST /v1/ssn/lookup", f"PUT {ONE}")
            for path, body, headers in (
                (customer_id, {said: said}, {}),
                (customer_id, {"ssn": said, "consent": {said: said}, "purpose": said}, {}),
                (customer_id, f'{{"ssn": "{said}"', {}),
                (said, {"ssn": said}, {"traceparent": said, "If-Match": said}),
                (customer_id, WHY, {"Dossier-Actor": said}),
            )
        ]
        answers += [
            reveal(gateway, customer_id, justification=f"Because it is {said}"),
            verify(gateway, digits, consent(said), customer_id),
            gateway.call(f"GET {ONE}/audit", path=here, query={"cursor": said}),
            gateway.call(f"GET {ONE}/audit", path=here, query={said: said}),
            gateway.call(f"DELETE {ONE}", path=here, headers={"If-Match": said}),
        ]
    return answers


def broken(gateway: Gateway, customer_id: str) -> list[Answer]:
    """What is stored has lost its keys, then its chain."""
    before = stored()
    for table, sk in (("KEYRING_NAME", "KEYS"), ("TABLE_NAME", "AUDIT")):
        remove(table, next(i for i in before[table] if i["pk"]["S"] == f"CUS#{customer_id}" and i["sk"]["S"] == sk))
    answers = [get(gateway, customer_id), reveal(gateway, customer_id)]
    restore(before)
    return answers


def outside_kms(calls: Sent) -> list[Any]:
    """What is sent to AWS, but for the messages that KMS makes marks of."""
    return [{name: value for name, value in said.items() if name != "Message"} for _, said in calls]


def test_no_number_is_found_outside_a_reveal(
    gateway: Gateway,
    sent: Sent,
    transcript: Transcript,
    show: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    log.configure()  # As in Lambda, where botocore may not say at DEBUG what it sends.
    log.logger.addHandler(transcript)
    numbers = [f"5127{at}8{at}46" for at in range(JOURNEYS)]
    piles: dict[str, list[str | bytes]] = {"answers": [], "tables": []}
    told = []
    for at, digits in enumerate(numbers):
        customer_id = f"cus_01JD8Z4Q7X9V5T3R1N0M2K4H{at:02}"
        gateway.client_id = f"client-{at}"
        answers = well(gateway, digits, customer_id) + badly(gateway, digits, customer_id)
        told.append(reveal(gateway, customer_id).json["ssn"])
        answers += broken(gateway, customer_id)
        piles["tables"] += leaves(stored())
        answers.append(erase(gateway, customer_id))
        piles["tables"] += leaves(stored())
        piles["answers"] += [text for answer in answers for text in (answer.text, *answer.headers.values())]
    piles["calls to AWS"] = list(leaves(outside_kms(sent)))
    piles["log"] = list(transcript.lines)
    assert told == [hyphenated(digits) for digits in numbers]
    assert {name: found(numbers, pile) for name, pile in piles.items()} == {name: [] for name in piles}
    assert all(len(pile) > 500 for pile in piles.values())
    # Everybody may log at DEBUG here, and botocore may not.
    loggers = (log.logger, logging.getLogger("urllib3"), logging.getLogger("botocore.endpoint"))
    assert [logger.isEnabledFor(logging.DEBUG) for logger in loggers] == [True, True, False]
    show(f"leak hunt: {JOURNEYS} journeys x {len(patterns(numbers[0]))} patterns in {', '.join(piles)}: 0 found")


def test_the_hunt_sees_what_a_reveal_answers(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    assert found(["512738046"], [reveal(gateway).text]) == ["hyphenated, plain"]
