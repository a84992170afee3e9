"""The gateway's clients in its Cognito user pool (OAuth 2.0 client credentials), and their tokens.

Secrets are read from Cognito when a token is requested. They are not stored on disk.
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3

from infra.commands import CommandFailed
from infra.deploy.cloudformation import set_parameter

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


# API Gateway quotas, HTTP APIs, "Audiences per authorizer":
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAX_AUDIENCE = 50
ACCESS_TOKEN_HOURS = 1
DANGEROUS = {"reveal", "erase"}


class ClientFailed(CommandFailed):
    """A client that cannot be created, changed or admitted, or that gets no token."""


class Clients:
    """The clients of one user pool."""

    def __init__(self, user_pool_id: str, cognito: "CognitoIdentityProviderClient | None" = None) -> None:
        """Use the pool of this id, by default in the account and region of the environment."""
        self._pool = user_pool_id
        self._cognito = cognito or boto3.client("cognito-idp")

    def scopes(self) -> list[str]:
        """Return every scope that a service declares, as `identifier/name`."""
        servers = self._cognito.list_resource_servers(UserPoolId=self._pool, MaxResults=50)["ResourceServers"]
        return sorted(
            f"{server['Identifier']}/{scope['ScopeName']}" for server in servers for scope in server["Scopes"]
        )

    def declared(self, scopes: list[str], *, confirmed: bool = False) -> list[str]:
        """Return these scopes, or all for `all`.

        Args:
            scopes: as `identifier/name`.
            confirmed: whether scopes that reveal or erase data are allowed.

        Raises:
            ClientFailed: `scopes` is empty, no service declares one, or one that reveals or erases is not confirmed.
        """
        known = self.scopes()
        if not scopes:
            raise ClientFailed(f'Name the scopes: SCOPES="{known[0] if known else "customers/read"} …", or SCOPES=all.')
        chosen = known if scopes == ["all"] else sorted(set(scopes))
        unknown = sorted(set(chosen) - set(known))
        if unknown:
            raise ClientFailed(f"No service declares the scopes {' '.join(unknown)}. Use some of: {' '.join(known)}")
        dangerous = [scope for scope in chosen if scope.rpartition("/")[2] in DANGEROUS]
        if dangerous and not confirmed:
            raise ClientFailed(f"{' '.join(dangerous)} reveals or erases data. Add CONFIRM=<the client's name>.")
        return chosen

    def ids(self) -> dict[str, str]:
        """Return the ids of all clients, by name."""
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=self._pool)
        return {client["ClientName"]: client["ClientId"] for page in pages for client in page["UserPoolClients"]}

    def id(self, name: str) -> str:
        """Return a client's id.

        Raises:
            ClientFailed: no client has this name.
        """
        known = self.ids()
        if name not in known:
            raise ClientFailed(f"No client is called {name}. Clients: {' '.join(sorted(known)) or 'none'}")
        return known[name]

    def ensure(self, name: str, scopes: list[str]) -> str:
        """Create a client, or change the scopes of the client of this name; return its id."""
        allowed: dict[str, Any] = {
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthScopes": scopes,
            "AccessTokenValidity": ACCESS_TOKEN_HOURS,
        }
        known = self.ids().get(name)
        if known is None:
            made = self._cognito.create_user_pool_client(
                UserPoolId=self._pool,
                ClientName=name,
                GenerateSecret=True,
                TokenValidityUnits={"AccessToken": "hours"},
                **allowed,
            )
            return made["UserPoolClient"]["ClientId"]
        # Cognito resets each setting that an update lacks. The local cloud describes unset texts as empty texts.
        settings: dict[str, Any] = dict(self._described(known))
        kept = {name: value for name, value in settings.items() if name in self._updatable() and value != ""}
        units = {**settings.get("TokenValidityUnits", {}), "AccessToken": "hours"}
        self._cognito.update_user_pool_client(**{**kept, **allowed, "TokenValidityUnits": units})
        return known

    def listed(self) -> dict[str, list[str]]:
        """Return the scopes of every client, by name."""
        return {name: self._described(id_).get("AllowedOAuthScopes", []) for name, id_ in sorted(self.ids().items())}

    def delete(self, name: str) -> None:
        """Delete a client. Its tokens stay valid until they expire, after an hour at most.

        Raises:
            ClientFailed: no client has this name.
        """
        self._cognito.delete_user_pool_client(UserPoolId=self._pool, ClientId=self.id(name))

    def add_secret(self, name: str) -> str:
        """Add a second secret to a client and return it. The first secret stays valid until `retire_secrets`.

        Raises:
            ClientFailed: no client has this name, or it already has two secrets.
        """
        client_id = self.id(name)
        if len(self._secrets(client_id)) > 1:
            raise ClientFailed(
                f"{name} has two secrets, the most that Cognito allows. Delete the older one with RETIRE=1."
            )
        added = self._cognito.add_user_pool_client_secret(UserPoolId=self._pool, ClientId=client_id)
        return added["ClientSecretDescriptor"]["ClientSecretValue"]

    def retire_secrets(self, name: str) -> int:
        """Delete all secrets of a client except the newest; return the number of deleted secrets.

        Raises:
            ClientFailed: no client has this name.
        """
        client_id = self.id(name)
        newest_first = sorted(self._secrets(client_id), key=lambda one: one["ClientSecretCreateDate"], reverse=True)
        for old in newest_first[1:]:
            self._cognito.delete_user_pool_client_secret(
                UserPoolId=self._pool, ClientId=client_id, ClientSecretId=old["ClientSecretId"]
            )
        return len(newest_first[1:])

    def _secrets(self, client_id: str) -> list[Any]:
        listed = self._cognito.list_user_pool_client_secrets(UserPoolId=self._pool, ClientId=client_id)
        return list(listed["ClientSecrets"])

    def _described(self, client_id: str) -> Any:
        return self._cognito.describe_user_pool_client(UserPoolId=self._pool, ClientId=client_id)["UserPoolClient"]

    def _updatable(self) -> set[str]:
        shape = self._cognito.meta.service_model.operation_model("UpdateUserPoolClient").input_shape
        return set(shape.members) if shape else set()

    def admit(self, gateway_stack: str) -> bool:
        """Admit every client of the pool to the gateway; return False if all were admitted before.

        A client-credentials token of Cognito has no `aud`: the authorizer compares `client_id` with its audience.

        Raises:
            ClientFailed: the pool has more clients than API Gateway allows.
        """
        audience = sorted(self.ids().values())
        if len(audience) > MAX_AUDIENCE:
            raise ClientFailed(
                f"The gateway's authorizer accepts at most {MAX_AUDIENCE} clients. Delete a client first."
            )
        return set_parameter(gateway_stack, "Audience", ",".join(audience))

    def token(self, name: str, scopes: list[str], token_url: str) -> str:
        """Return an access token with these scopes, or all of the client if there are none (RFC 6749, section 4.4).

        Raises:
            ClientFailed: no client has this name, or it lacks one of the scopes.
        """
        client_id = self.ids().get(name)
        if client_id is None:
            raise ClientFailed(f"No client is called {name}. List the clients with: make clients")
        secret = self._described(client_id)["ClientSecret"]
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        request = urllib.request.Request(  # noqa: S310 - the URL is the deployment's own
            token_url, data=urllib.parse.urlencode(form).encode(), headers={"Authorization": f"Basic {basic}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                return str(json.load(response)["access_token"])
        except urllib.error.HTTPError as error:
            refusal = json.load(error).get("error", error.reason)
            raise ClientFailed(
                f"Cognito refuses a token for {' '.join(scopes)}: {refusal}. Known scopes: {' '.join(self.scopes())}"
            ) from None


def user_pool_id(stage: str) -> str:
    """Return the id of the user pool of a stage's gateway.

    Raises:
        ClientFailed: the gateway is not deployed.
    """
    ssm = boto3.client("ssm")
    try:
        return ssm.get_parameter(Name=f"/dossier/{stage}/gateway/user-pool-id")["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise ClientFailed(f"The gateway of the stage {stage} is not deployed. Deploy it first.") from None
