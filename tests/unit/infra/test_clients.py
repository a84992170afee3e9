"""The gateway's clients: each call to Cognito and CloudFormation is checked against botocore's model."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from infra.__main__ import write_new
from infra.deploy.clients import ClientFailed, Clients
from infra.deploy.cloudformation import set_parameter

POOL = "us-east-1_pool"
SERVERS = {
    "ResourceServers": [
        {"Identifier": "customers", "Scopes": [{"ScopeName": "read", "ScopeDescription": "Read customers"}]},
        {"Identifier": "ssn", "Scopes": [{"ScopeName": "reveal", "ScopeDescription": "Read numbers in full"}]},
    ]
}
ALLOWED = {
    "AllowedOAuthFlows": ["client_credentials"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": ["customers/read"],
    "AccessTokenValidity": 1,
}


@pytest.fixture
def cognito() -> CognitoIdentityProviderClient:
    """A client that reaches nothing."""
    return boto3.client("cognito-idp")


@pytest.fixture
def stub(cognito: CognitoIdentityProviderClient) -> Iterator[Stubber]:
    """The responses that a test expects, in their order; none may be left over."""
    with Stubber(cognito) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def clients(cognito: CognitoIdentityProviderClient, stub: Stubber) -> Clients:
    """The clients of a pool."""
    del stub
    return Clients(POOL, cognito)


def list_servers(stub: Stubber) -> None:
    stub.add_response("list_resource_servers", SERVERS, {"UserPoolId": POOL, "MaxResults": 50})


def list_clients(stub: Stubber, *names: str) -> None:
    found = [{"ClientName": name, "ClientId": f"id-of-{name}", "UserPoolId": POOL} for name in names]
    stub.add_response("list_user_pool_clients", {"UserPoolClients": found}, {"UserPoolId": POOL})


def list_secrets(stub: Stubber, *days: int) -> None:
    secrets = [
        {"ClientSecretId": f"secret-{day}", "ClientSecretCreateDate": datetime(2026, 11, day, tzinfo=UTC)}
        for day in days
    ]
    asked = {"UserPoolId": POOL, "ClientId": "id-of-web"}
    stub.add_response("list_user_pool_client_secrets", {"ClientSecrets": secrets}, asked)


@pytest.mark.parametrize(
    ("scopes", "message"),
    [
        ([], 'Name the scopes: SCOPES="customers/read …", or SCOPES=all.'),
        (["loans/read"], "No service declares the scopes loans/read. Use some of: customers/read ssn/reveal"),
        (["ssn/reveal"], "ssn/reveal reveals or erases data. Add CONFIRM=<the client's name>."),
        (["all"], "ssn/reveal reveals or erases data. Add CONFIRM=<the client's name>."),
    ],
)
def test_scopes_are_named_declared_and_confirmed(
    clients: Clients, stub: Stubber, scopes: list[str], message: str
) -> None:
    list_servers(stub)
    with pytest.raises(ClientFailed) as refused:
        clients.declared(scopes)
    assert str(refused.value) == message


def test_confirmed_scopes_may_reveal(clients: Clients, stub: Stubber) -> None:
    list_servers(stub)
    list_servers(stub)
    assert clients.declared(["all"], confirmed=True) == ["customers/read", "ssn/reveal"]
    assert clients.declared(["customers/read"]) == ["customers/read"]


def test_a_new_client_has_a_secret_and_tokens_of_an_hour(clients: Clients, stub: Stubber) -> None:
    list_clients(stub)
    expected = {"UserPoolId": POOL, "ClientName": "web", "GenerateSecret": True, **ALLOWED}
    stub.add_response(
        "create_user_pool_client",
        {"UserPoolClient": {"ClientId": "id-of-web"}},
        {**expected, "TokenValidityUnits": {"AccessToken": "hours"}},
    )
    assert clients.ensure("web", ["customers/read"]) == "id-of-web"


def test_an_update_keeps_the_settings_that_it_does_not_change(clients: Clients, stub: Stubber) -> None:
    settings: dict[str, Any] = {
        "UserPoolId": POOL,
        "ClientId": "id-of-web",
        "ClientName": "web",
        "ClientSecret": "never-sent-back-in-an-update",
        "CreationDate": datetime(2026, 11, 1, tzinfo=UTC),
        "AllowedOAuthScopes": ["ssn/read"],
        "RefreshTokenValidity": 7,
        "EnableTokenRevocation": True,
        "TokenValidityUnits": {"RefreshToken": "days"},
    }
    asked = {"UserPoolId": POOL, "ClientId": "id-of-web"}
    list_clients(stub, "web")
    stub.add_response("describe_user_pool_client", {"UserPoolClient": settings}, asked)
    kept = {"ClientName": "web", "RefreshTokenValidity": 7, "EnableTokenRevocation": True}
    units = {"RefreshToken": "days", "AccessToken": "hours"}
    expected = {**asked, **kept, **ALLOWED, "TokenValidityUnits": units}
    stub.add_response("update_user_pool_client", {}, expected)
    assert clients.ensure("web", ["customers/read"]) == "id-of-web"


def test_clients_are_listed_with_their_scopes(clients: Clients, stub: Stubber) -> None:
    list_clients(stub, "web", "batch")
    for name in ("batch", "web"):
        found = {"UserPoolClient": {"AllowedOAuthScopes": [f"{name}/read"]}}
        stub.add_response("describe_user_pool_client", found, {"UserPoolId": POOL, "ClientId": f"id-of-{name}"})
    assert clients.listed() == {"batch": ["batch/read"], "web": ["web/read"]}


def test_a_client_is_deleted_by_name(clients: Clients, stub: Stubber) -> None:
    list_clients(stub, "web")
    stub.add_response("delete_user_pool_client", {}, {"UserPoolId": POOL, "ClientId": "id-of-web"})
    clients.delete("web")


def test_a_client_that_does_not_exist_is_named_with_those_that_do(clients: Clients, stub: Stubber) -> None:
    list_clients(stub, "web", "batch")
    with pytest.raises(ClientFailed) as refused:
        clients.delete("wbe")
    assert str(refused.value) == "No client is called wbe. Clients: batch web"


def test_a_second_secret_is_added_and_a_third_is_not(clients: Clients, stub: Stubber) -> None:
    asked = {"UserPoolId": POOL, "ClientId": "id-of-web"}
    list_clients(stub, "web")
    list_secrets(stub, 1)
    added = {"ClientSecretDescriptor": {"ClientSecretValue": "the-new-secret-of-the-client"}}
    stub.add_response("add_user_pool_client_secret", added, asked)
    assert clients.add_secret("web") == "the-new-secret-of-the-client"
    list_clients(stub, "web")
    list_secrets(stub, 1, 28)
    with pytest.raises(ClientFailed, match=r"two secrets.*RETIRE=1"):
        clients.add_secret("web")


@pytest.mark.parametrize(("days", "deleted"), [((28, 1), ["secret-1"]), ((1, 28), ["secret-1"]), ((28,), [])])
def test_the_newest_secret_stays(clients: Clients, stub: Stubber, days: tuple[int, ...], deleted: list[str]) -> None:
    list_clients(stub, "web")
    list_secrets(stub, *days)
    for secret in deleted:
        asked = {"UserPoolId": POOL, "ClientId": "id-of-web", "ClientSecretId": secret}
        stub.add_response("delete_user_pool_client_secret", {}, asked)
    assert clients.retire_secrets("web") == len(deleted)


def test_a_secret_goes_to_a_new_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    write_new(tmp_path / "secret", lambda: "value")
    assert (tmp_path / "secret").read_text(encoding="utf-8") == "value"
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ClientFailed, match="Name a new file"):
        write_new(tmp_path / "secret", lambda: pytest.fail("no secret is made"))


def test_without_a_secret_there_is_no_file(tmp_path: Path) -> None:
    def refuse() -> str:
        raise ClientFailed

    with pytest.raises(ClientFailed):
        write_new(tmp_path / "secret", refuse)
    assert not (tmp_path / "secret").exists()


@pytest.mark.parametrize("original", ['{"Resources": {}}', {"Resources": {}}])
def test_a_parameter_is_changed_with_the_template_before_its_transforms(
    monkeypatch: pytest.MonkeyPatch, original: Any
) -> None:
    cloudformation = boto3.client("cloudformation")
    monkeypatch.setattr(boto3, "client", lambda _: cloudformation)
    parameters = [{"ParameterKey": name, "ParameterValue": "old"} for name in ("Audience", "Stage")]
    stack = {"StackName": "gateway", "CreationTime": datetime(2026, 11, 1, tzinfo=UTC), "Parameters": parameters}
    with Stubber(cloudformation) as stub:
        current = {"Stacks": [{**stack, "StackStatus": "CREATE_COMPLETE"}]}
        stub.add_response("describe_stacks", current, {"StackName": "gateway"})
        # The stub hands on an object as botocore does for JSON.
        monkeypatch.setattr(cloudformation, "get_template", lambda **_: {"TemplateBody": original})
        expected = {
            "StackName": "gateway",
            "TemplateBody": '{"Resources": {}}',
            "Parameters": [
                {"ParameterKey": "Stage", "UsePreviousValue": True},
                {"ParameterKey": "Audience", "ParameterValue": "new"},
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Tags": [],
        }
        stub.add_response("update_stack", {}, expected)
        updated = {"Stacks": [{**stack, "StackStatus": "UPDATE_COMPLETE"}]}
        stub.add_response("describe_stacks", updated, {"StackName": "gateway"})
        assert set_parameter("gateway", "Audience", "new")
        stub.add_response("describe_stacks", current, {"StackName": "gateway"})
        assert not set_parameter("gateway", "Audience", "old")
        stub.assert_no_pending_responses()
