"""The vault from outside: a number's life, many at once, and what each of its roles may do."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.api import at_once, expect, problem
from tests.e2e.probes import Ask, Deployed, unwrap
from tests.e2e.target import Target
from tests.e2e.vault import WHY, Call, a_number, consent, customer, kill, maintain

STACK = "dossier-local-ssn"


def test_a_number_is_stored_read_verified_found_revealed_and_erased(
    vault: Call,
) -> None:
    ada, ssn = customer(), a_number()
    expect(vault("PUT", ada, json={"ssn": ssn}), 201)
    assert vault("GET", ada).json()["masked"] == f"***-**-{ssn[-4:]}"
    given = consent()
    assert vault("POST", f"{ada}/verify", json={"ssn": ssn, "consent": given}).json() == {"match": True}
    problem(vault("POST", f"{ada}/verify", json={"ssn": ssn, "consent": given}), 409, "consent_used")
    assert vault("POST", "lookup", json={"ssn": ssn, "purpose": "fraud_investigation"}).json() == {"customer_id": ada}
    problem(vault("POST", f"{ada}/reveal", json=WHY), 400, "actor_required")
    told = vault("POST", f"{ada}/reveal", json=WHY, headers={"Dossier-Actor": "usr_0001"})
    assert told.json()["ssn"] == f"{ssn[:3]}-{ssn[3:5]}-{ssn[5:]}"
    expect(vault("DELETE", ada, headers={"If-Match": vault("GET", ada).headers["ETag"]}), 204)
    problem(vault("GET", ada), 410, "ssn_erased")
    audit = vault("GET", f"{ada}/audit").json()
    assert audit["verified"] is True
    assert [entry["action"] for entry in audit["items"]] == ["erase", "reveal", "lookup", "verify", "store"]


def test_a_subject_gets_a_copy_lists_and_revokes_consents_and_is_erased(vault: Call) -> None:
    ada, bob, ssn = customer(), customer(), a_number()
    stored = vault("PUT", ada, json={"ssn": ssn})
    expect(stored, 201)
    again = vault("PUT", ada, json={"ssn": ssn})
    expect(again, 200)
    assert again.json() == stored.json()
    used, unused = consent(), consent()
    expect(vault("POST", f"{ada}/verify", json={"ssn": ssn, "consent": used}), 200)
    [listed] = vault("GET", f"{ada}/consents").json()["items"]
    assert listed["consent_id"] == used["consent_id"]
    revocations = f"{ada}/consents/revocations"
    client = listed["client_id"]
    expect(vault("POST", revocations, json={"client_id": client, "consent_id": unused["consent_id"]}), 204)
    problem(vault("POST", f"{ada}/verify", json={"ssn": ssn, "consent": unused}), 403, "consent_revoked")
    problem(
        vault("POST", revocations, json={"client_id": client, "consent_id": used["consent_id"]}), 409, "consent_used"
    )
    expect(vault("POST", f"{ada}/reveal", json=WHY, headers={"Dossier-Actor": "usr_0001"}), 200)
    problem(vault("GET", f"{ada}/export"), 422, "invalid_request")
    page = vault("GET", f"{ada}/export", params={"reference": "req_1"}).json()
    assert (page["number"]["masked"], page["verified"]) == (f"***-**-{ssn[-4:]}", True)
    assert (page["items"][0]["received"], page["items"][0]["justification"]) == ("full_number", WHY["justification"])
    expect(vault("DELETE", ada, headers={"If-Match": "*"}), 204)
    for method, url, more in gone(ada, ssn):
        problem(vault(method, url, **more), 410, "ssn_erased")
    entries = vault("GET", f"{ada}/audit").json()["items"]
    assert [entry["action"] for entry in entries][:3] == ["erase", "export", "reveal"]
    assert entries[2]["justification"] == WHY["justification"]
    problem(vault("POST", "lookup", json={"ssn": ssn, "purpose": "fraud_investigation"}), 404, "no_customer_with_ssn")
    expect(vault("PUT", bob, json={"ssn": ssn}), 201)


def gone(customer_id: str, ssn: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every route under a customer's id, except the audit."""
    actor = {"Dossier-Actor": "usr_0001"}
    return [
        ("PUT", customer_id, {"json": {"ssn": ssn}}),
        ("GET", customer_id, {}),
        ("DELETE", customer_id, {"headers": {"If-Match": "*"}}),
        ("POST", f"{customer_id}/verify", {"json": {"ssn": ssn, "consent": consent()}}),
        ("POST", f"{customer_id}/reveal", {"json": WHY, "headers": actor}),
        ("GET", f"{customer_id}/consents", {}),
        ("POST", f"{customer_id}/consents/revocations", {"json": {"client_id": "c", "consent_id": "c"}}),
        ("GET", f"{customer_id}/export", {"params": {"reference": "req_1"}}),
    ]


@pytest.mark.needs("own_cloud")
def test_a_number_that_many_store_at_once_becomes_one_customers(
    vault: Call,
    show: Callable[[str], None],
) -> None:
    ssn, ids = a_number(), [customer() for _ in range(8)]
    answers = at_once(8, lambda at: vault("PUT", ids[at], json={"ssn": ssn}))
    outcomes = Counter(answer.status_code for answer in answers)
    assert outcomes[201] == 1
    assert set(outcomes) <= {201, 409, 503}
    owner = vault("POST", "lookup", json={"ssn": ssn, "purpose": "fraud_investigation"}).json()["customer_id"]
    assert owner == ids[[answer.status_code for answer in answers].index(201)]
    show(f"one number stored for 8 customers at once: {outcomes[201]} accepted, {outcomes[201] - 1} duplicates")


@pytest.mark.needs("own_cloud")
def test_what_is_done_at_once_stands_in_one_whole_chain(
    vault: Call,
    show: Callable[[str], None],
) -> None:
    ada, ssn = customer(), a_number()
    expect(vault("PUT", ada, json={"ssn": ssn}), 201)
    actor = {"Dossier-Actor": "usr_0001"}
    answers = at_once(6, lambda _: vault("POST", f"{ada}/reveal", json=WHY, headers=actor))
    told = sum(answer.status_code == 200 for answer in answers)
    assert {answer.status_code for answer in answers} <= {200, 503}
    audit = vault("GET", f"{ada}/audit", params={"limit": 100}).json()
    audited = sum(entry["action"] == "reveal" for entry in audit["items"])
    assert audit["verified"] is True
    assert 0 < told <= audited <= 6
    show(f"6 reveals of one number at once: {told} told, {audited} audited, the chain whole")


@pytest.mark.needs("own_cloud")
def test_each_role_of_the_vault_opens_what_it_must_and_nothing_else(
    stacks: dict[str, Deployed],
    clients: Callable[[str], Any],
    ask: Ask,
    show: Callable[[str], None],
) -> None:
    names = physical(clients("cloudformation"))
    roles = {at.function: at for at in stacks.values() if at.stack == "ssn"}
    calls = forbidden_or_not(names)
    expected = {"Function": "YN NNN", "RevealFunction": "NY NNN"}
    for function, wanted in expected.items():
        codes = ask(roles[names[function]], calls)
        said = ["N" if code == "AccessDeniedException" else "Y" for code in codes]
        assert f"{said[0]}{said[1]} {''.join(said[2:])}" == wanted, (function, codes)
    maintenance = assumed(clients, names["MaintenanceRole"])
    assert [denied(maintenance, call) for call in calls] == [False, False, False, True, True]
    show("roles of the vault: 3 asked 5 questions each, 15 answered as IAM should, 0 otherwise")


@pytest.mark.needs("own_cloud")
def test_a_role_outside_the_vault_decrypts_nothing_even_with_every_permission(
    clients: Callable[[str], Any], show: Callable[[str], None]
) -> None:
    names, iam = physical(clients("cloudformation")), clients("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.create_role(RoleName="intruder", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    try:
        iam.put_role_policy(
            RoleName="intruder", PolicyName="all", PolicyDocument=json.dumps({"Statement": [everything]})
        )
        intruder = assumed(clients, "intruder")
        keys = [names["NumberKey"], names["Last4Key"]]
        assert [denied(intruder, unwrap(key)) for key in keys] == [True, True]
        # The keys can still be administered.
        intruder("kms").describe_key(KeyId=keys[0])
        policy = intruder("kms").get_key_policy(KeyId=keys[0], PolicyName="default")["Policy"]
        intruder("kms").put_key_policy(KeyId=keys[0], PolicyName="default", Policy=policy)
    finally:
        iam.delete_role_policy(RoleName="intruder", PolicyName="all")
        iam.delete_role(RoleName="intruder")
    show("a role with every permission of the account: 2 keys of the vault, 2 decryptions denied")


def physical(cloudformation: Any) -> dict[str, str]:
    """The stack's physical ids by logical ones."""
    found = cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}


def forbidden_or_not(names: dict[str, str]) -> list[dict[str, Any]]:
    """Open the last four; open a number; scan all; change the audit; delete from it."""
    key = {"pk": {"S": "PROBE"}, "sk": {"S": "PROBE"}}
    entry = {"TableName": names["Audit"], "Key": key}
    return [
        unwrap(names["Last4Key"]),
        unwrap(names["NumberKey"]),
        {"client": "dynamodb", "operation": "scan", "arguments": {"TableName": names["Table"]}},
        {
            "client": "dynamodb",
            "operation": "update_item",
            "arguments": {**entry, "UpdateExpression": "REMOVE nothing"},
        },
        {"client": "dynamodb", "operation": "delete_item", "arguments": entry},
    ]


def assumed(clients: Callable[[str], Any], role: str) -> Callable[[str], Any]:
    """Clients that act as a role."""
    arn = clients("iam").get_role(RoleName=role.rpartition("/")[2])["Role"]["Arn"]
    given = clients("sts").assume_role(RoleArn=arn, RoleSessionName="probe")["Credentials"]
    session: Any = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")
    endpoint = clients("sts").meta.endpoint_url
    return lambda service: session.client(service, endpoint_url=endpoint)


def denied(clients: Callable[[str], Any], call: dict[str, Any]) -> bool:
    """Whether a call is denied."""
    try:
        getattr(clients(call["client"]), call["operation"])(**call["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDeniedException"
    return False


@pytest.mark.needs("own_cloud")
def test_the_index_is_rotated_while_numbers_are_stored_and_found(
    target: Target,
    vault: Call,
    show: Callable[[str], None],
) -> None:
    known = {customer(): a_number() for _ in range(5)}
    for customer_id, ssn in known.items():
        expect(vault("PUT", customer_id, json={"ssn": ssn}), 201)
    # Ended where both versions are written, and taken up again.
    kill(target, "rotate-index", "--to", "2", "--settle", "60", at="index versions 1,2")
    late, ssn = customer(), a_number()
    expect(vault("PUT", late, json={"ssn": ssn}), 201)
    known[late] = ssn
    said = maintain(target, "rotate-index", "--to", "2", "--settle", "1")
    assert "marked in version 2" in said
    for customer_id, ssn in known.items():
        found = vault("POST", "lookup", json={"ssn": ssn, "purpose": "fraud_investigation"}).json()
        assert found == {"customer_id": customer_id}
    assert "0 unmarked" in maintain(target, "rotate-index", "--to", "2", "--settle", "1")
    assert " chains complete, 0 not complete\n" in maintain(target, "verify-audit")
    assert "0 re-encrypted, 0 failed" in maintain(target, "re-encrypt")
    assert "0 deleted, 0 failed" in maintain(target, "expire-justifications")
    show("the index's key rotated on a running system, killed on its way: every number found, all chains whole")
