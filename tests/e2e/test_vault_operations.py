"""What operators do to a running vault, or what happens to it: keys withdrawn, a restore, a new format, a search."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import expect, problem
from tests.e2e.changes import commands
from tests.e2e.target import Target
from tests.e2e.test_ssn import physical
from tests.e2e.vault import WHY, Call, a_number, consent, customer, maintain
from tests.integration.ssn.leaks import found, leaves, patterns

pytestmark = pytest.mark.needs("own_cloud")

Clients = Callable[[str], Any]
ACTOR = {"Dossier-Actor": "usr_0001"}
FRAUD = {"purpose": "fraud_investigation"}


def revealed(vault: Call, customer_id: str) -> str:
    """A customer's number in full."""
    told = vault("POST", f"{customer_id}/reveal", json=WHY, headers=ACTOR)
    expect(told, 200)
    return str(told.json()["ssn"]).replace("-", "")


@pytest.fixture
def names(clients: Clients) -> dict[str, str]:
    """The stack's physical ids by logical ones."""
    return physical(clients("cloudformation"))


@contextmanager
def withdrawn(kms: Any, *key_ids: str) -> Iterator[None]:
    """KMS keys are out of use meanwhile."""
    for key_id in key_ids:
        kms.disable_key(KeyId=key_id)
    try:
        yield
    finally:
        for key_id in key_ids:
            kms.enable_key(KeyId=key_id)


def test_without_a_key_what_needs_it_waits_and_the_rest_goes_on(
    vault: Call,
    clients: Clients,
    names: dict[str, str],
    show: Callable[[str], None],
) -> None:
    ada, ssn = customer(), a_number()
    expect(vault("PUT", ada, json={"ssn": ssn}), 201)
    bob, other = customer(), a_number()
    asks: dict[str, Callable[[], Any]] = {
        "read": lambda: vault("GET", ada),
        "reveal": lambda: vault("POST", f"{ada}/reveal", json=WHY, headers=ACTOR),
        "lookup": lambda: vault("POST", "lookup", json={"ssn": ssn, **FRAUD}),
        "verify": lambda: vault("POST", f"{ada}/verify", json={"ssn": ssn, "consent": consent()}),
        "store": lambda: vault("PUT", bob, json={"ssn": other}),
    }
    stopped = {
        ("Last4Key",): {"read", "store"},
        ("NumberKey",): {"reveal", "store"},
        # Whichever is in use.
        ("IndexKey1", "IndexKey2"): {"lookup", "verify", "store"},
    }
    refused = 0
    for keys, wanted in stopped.items():
        with withdrawn(clients("kms"), *(names[key] for key in keys)):
            for ask, asked in asks.items():
                answer = asked()
                if ask in wanted:
                    problem(answer, 503, "dependency_unavailable")
                    assert answer.headers["Retry-After"]
                    refused += 1
                else:
                    expect(answer, 200)
        # Nothing is left of what was refused, and what was stored is as it was.
        problem(vault("GET", bob), 404, "ssn_not_found")
        assert vault("GET", ada).json()["masked"] == f"***-**-{ssn[-4:]}"
        assert vault("GET", f"{ada}/audit").json()["verified"] is True
    expect(asks["store"](), 201)
    show(f"keys of the vault withdrawn in turn: {refused} requests refused with 503, nothing stored or told by them")


def test_what_was_shredded_stays_so_when_a_backup_comes_back(
    target: Target,
    vault: Call,
    clients: Clients,
    names: dict[str, str],
    show: Callable[[str], None],
) -> None:
    numbers = {customer(): a_number() for _ in range(6)}
    for customer_id, ssn in numbers.items():
        expect(vault("PUT", customer_id, json={"ssn": ssn}), 201)
    dynamodb = clients("dynamodb")
    backup = [item for item in everything(dynamodb, names["Table"]) if item["pk"]["S"].removeprefix("CUS#") in numbers]
    shredded, living = list(numbers)[:3], list(numbers)[3:]
    for customer_id in shredded:
        expect(vault("DELETE", customer_id, headers={"If-Match": "*"}), 204)
    expect(vault("POST", "lookup", json={"ssn": numbers[living[0]], **FRAUD}), 200)
    for item in backup:
        dynamodb.put_item(TableName=names["Table"], Item=item)
    # The ciphertext is back, and its keys are not; what is left of the two does not open.
    kept = {item["pk"]["S"] for item in everything(dynamodb, names["Keyring"])}
    assert not kept & {f"CUS#{customer_id}" for customer_id in shredded}
    assert "4 repaired, 0 failed" in maintain(target, "after-restore")
    for customer_id in shredded:
        problem(vault("GET", customer_id), 410, "ssn_erased")
        problem(vault("POST", f"{customer_id}/reveal", json=WHY, headers=ACTOR), 410, "ssn_erased")
    assert [revealed(vault, customer_id) for customer_id in living] == [numbers[each] for each in living]
    assert " chains complete, 0 not complete\n" in maintain(target, "verify-audit")
    show(f"restored from a backup: 0 of {len(shredded)} shredded customers recoverable, {len(living)} others readable")


@pytest.fixture
def formats(clients: Clients, names: dict[str, str]) -> Callable[[Iterable[str]], set[int]]:
    """Tells the formats in which customers' numbers are sealed."""

    def of(customers: Iterable[str]) -> set[int]:
        keys = {f"CUS#{customer_id}" for customer_id in customers}
        items = [i for i in everything(clients("dynamodb"), names["Table"]) if i["pk"]["S"] in keys and "ssn" in i]
        return {bytes(item[field]["B"])[0] for item in items for field in ("ssn", "ssn_last4")}

    return of


def test_a_new_format_comes_and_goes_while_every_number_stays_readable(
    target: Target,
    checkout: Path,
    vault: Call,
    formats: Callable[[Iterable[str]], set[int]],
    show: Callable[[str], None],
) -> None:
    numbers = {customer(): a_number() for _ in range(4)}
    for customer_id, ssn in numbers.items():
        expect(vault("PUT", customer_id, json={"ssn": ssn}), 201)
    source = checkout / "functions" / "ssn" / "vault.py"
    one = source.read_text(encoding="utf-8")
    both = one.replace("import AESGCM\n", "import AESGCM, ChaCha20Poly1305\n").replace(
        "{1: AESGCM}", "{1: AESGCM, 2: ChaCha20Poly1305}"
    )
    two = both.replace("FORMAT = 1\n", "FORMAT = 2\n")
    assert len({one, both, two}) == 3

    try:
        source.write_text(two, encoding="utf-8")
        commands(target, checkout)("deploy", "--service", "ssn")
        assert [revealed(vault, each) for each in numbers] == list(numbers.values())
        assert "0 failed" in maintain(target, "re-encrypt", checkout=checkout)
        assert formats(numbers) == {2}
        assert [revealed(vault, each) for each in numbers] == list(numbers.values())
    finally:
        # Back again: the job seals in the older format, the function still opens both, then knows the older alone.
        source.write_text(both, encoding="utf-8")
        maintain(target, "re-encrypt", checkout=checkout)
        source.write_text(one, encoding="utf-8")
        commands(target, checkout)("deploy", "--service", "ssn")
    assert formats(numbers) == {1}
    assert [revealed(vault, each) for each in numbers] == list(numbers.values())
    show(f"{len(numbers)} numbers sealed in a new format and back on a running system: all readable all the while")


def test_no_number_stands_in_any_table_or_log_of_the_running_system(
    vault: Call,
    clients: Clients,
    show: Callable[[str], None],
) -> None:
    numbers = {customer(): a_number() for _ in range(4)}
    for customer_id, ssn in numbers.items():
        written = f"{ssn[:3]}-{ssn[3:5]}-{ssn[5:]}"
        expect(vault("PUT", customer_id, json={"ssn": written}), 201)
        expect(vault("POST", "lookup", json={"ssn": ssn, **FRAUD}), 200)
        expect(vault("POST", f"{customer_id}/verify", json={"ssn": ssn, "consent": consent()}), 200)
        for mistake in ({ssn: written}, {"ssn": written, written: ssn}, [ssn]):
            expect(vault("PUT", customer_id, json=mistake), 422)
        expect(vault("PUT", customer_id, content=f'{{"ssn": "{written}"'), 400)
        expect(vault("GET", customer_id, headers={"traceparent": ssn, "Dossier-Actor": written}), 200)
        assert revealed(vault, customer_id) == ssn
    # Once: what conflicts has a quota of ten in an hour.
    expect(vault("PUT", customer(), json={"ssn": ssn}), 409)
    for customer_id in numbers:
        expect(vault("DELETE", customer_id, headers={"If-Match": "*"}), 204)
    dynamodb, logs = clients("dynamodb"), clients("logs")
    tables = dynamodb.list_tables()["TableNames"]
    pile = [leaf for table in tables for leaf in leaves(everything(dynamodb, table))]
    lines = [
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for event in page["events"]
    ]
    assert any("PUT /v1/ssn/{customer_id}" in line for line in lines)
    assert found(numbers.values(), [*pile, *lines]) == []
    show(
        f"leak hunt on the running system: {len(numbers)} journeys x {len(patterns('512738046'))} patterns in "
        f"{len(tables)} tables and {len(lines)} log lines: 0 found"
    )


def everything(dynamodb: Any, table: str) -> list[dict[str, Any]]:
    """All items of a table."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]
