"""The gateway's clients: OAuth 2.0 client credentials in its Cognito user pool, and the tokens they get.

No secret is kept on disk: it is asked of Cognito when a token is wanted.
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3

from infra.deploy.stacks import set_parameter

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


# API Gateway quotas, HTTP APIs, "Audiences per authorizer":
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAX_AUDIENCE = 50
ACCESS_TOKEN_HOURS = 1
# Scopes of these names reveal or erase data.
DANGEROUS = {"reveal", "erase"}


class ClientFailed(Exception):
    """A client cannot be made or let in; the message says why."""


class TokenRefused(Exception):
    """Cognito gives no token; the message says why."""


class Clients:
    """The clients of one user pool."""

    def __init__(self, user_pool_id: str, cognito: "CognitoIdentityProviderClient | None" = None) -> None:
        """Use the pool of this id, by default in the account and region of the environment."""
        self._pool = user_pool_id
        self._cognito = cognito or boto3.client("cognito-idp")

    def scopes(self) -> list[str]:
        """Every scope there is, as `identifier/name`: what the services' resource servers declare."""
        servers = self._cognito.list_resource_servers(UserPoolId=self._pool, MaxResults=50)["ResourceServers"]
        return sorted(
            f"{server['Identifier']}/{scope['ScopeName']}" for server in servers for scope in server["Scopes"]
        )

    def declared(self, scopes: list[str], *, confirmed: bool = False) -> list[str]:
        """Return these scopes, or all for `all`.

        Args:
            scopes: as `identifier/name`.
            confirmed: whether scopes that reveal or erase data are meant.

        Raises:
            ClientFailed: there are none, no service declares one, or one that reveals or erases is not confirmed.
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
            ClientFailed: there is no such client.
        """
        known = self.ids()
        if name not in known:
            raise ClientFailed(f"No client is called {name}. Clients: {' '.join(sorted(known)) or 'none'}")
        return known[name]

    def ensure(self, name: str, scopes: list[str]) -> str:
        """Make a client, or give the existing one of this name these scopes; return its id."""
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
        # Cognito resets every setting that an update leaves out. The local cloud describes unset texts as empty ones.
        settings: dict[str, Any] = dict(self._described(known))
        kept = {name: value for name, value in settings.items() if name in self._updatable() and value != ""}
        units = {**settings.get("TokenValidityUnits", {}), "AccessToken": "hours"}
        self._cognito.update_user_pool_client(**{**kept, **allowed, "TokenValidityUnits": units})
        return known

    def listed(self) -> dict[str, list[str]]:
        """Return the scopes of every client, by name."""
        return {name: self._described(id_).get("AllowedOAuthScopes", []) for name, id_ in sorted(self.ids().items())}

    def delete(self, name: str) -> None:
        """Delete a client; tokens that it has stay valid until they expire, after an hour at most.

        Raises:
            ClientFailed: there is no such client.
        """
        self._cognito.delete_user_pool_client(UserPoolId=self._pool, ClientId=self.id(name))

    def add_secret(self, name: str) -> str:
        """Add a second secret to a client and return it; the first one stays valid until `retire_secrets`.

        Raises:
            ClientFailed: there is no such client, or it has two secrets already.
        """
        client_id = self.id(name)
        if len(self._secrets(client_id)) > 1:
            raise ClientFailed(
                f"{name} has two secrets, the most that Cognito allows. Delete the older one with RETIRE=1."
            )
        added = self._cognito.add_user_pool_client_secret(UserPoolId=self._pool, ClientId=client_id)
        return added["ClientSecretDescriptor"]["ClientSecretValue"]

    def retire_secrets(self, name: str) -> int:
        """Delete all but the newest secret of a client; return how many were deleted.

        Raises:
            ClientFailed: there is no such client.
        """
        client_id = self.id(name)
        newest_first = sorted(self._secrets(client_id), key=lambda one: one["ClientSecretCreateDate"], reverse=True)
        for old in newest_first[1:]:
            self._cognito.delete_user_pool_client_secret(
                UserPoolId=self._pool, ClientId=client_id, ClientSecretId=old["ClientSecretId"]
            )
        return len(newest_first[1:])

    def _secrets(self, client_id: str) -> list[Any]:
        """The client's secrets, without their values."""
        listed = self._cognito.list_user_pool_client_secrets(UserPoolId=self._pool, ClientId=client_id)
        return list(listed["ClientSecrets"])

    def _described(self, client_id: str) -> Any:
        return self._cognito.describe_user_pool_client(UserPoolId=self._pool, ClientId=client_id)["UserPoolClient"]

    def _updatable(self) -> set[str]:
        shape = self._cognito.meta.service_model.operation_model("UpdateUserPoolClient").input_shape
        return set(shape.members) if shape else set()

    def admit(self, gateway_stack: str) -> bool:
        """Let every client of the pool through the gateway's authorizer; False if it knew them all.

        A Cognito client-credentials token has no `aud`: the authorizer compares `client_id` with its audience.

        Raises:
            ClientFailed: there are more than API Gateway takes.
        """
        audience = sorted(self.ids().values())
        if len(audience) > MAX_AUDIENCE:
            raise ClientFailed(
                f"The gateway's authorizer accepts at most {MAX_AUDIENCE} clients. Delete a client first."
            )
        return set_parameter(gateway_stack, "Audience", ",".join(audience))

    def token(self, name: str, scopes: list[str], token_url: str) -> str:
        """An access token for a client (RFC 6749, section 4.4).

        Args:
            name: of the client.
            scopes: what the token may be used for; none for all that the client has.
            token_url: the pool's token endpoint.

        Raises:
            TokenRefused: there is no such client, or it may not have these scopes.
        """
        client_id = self.ids().get(name)
        if client_id is None:
            raise TokenRefused(f"No client is called {name}. List the clients with: make clients")
        secret = self._described(client_id)["ClientSecret"]
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        request = urllib.request.Request(  # noqa: S310 - the URL is the deployment's own
            token_url, data=urllib.parse.urlencode(form).encode(), headers={"Authorization": f"Basic {basic}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return str(json.load(answer)["access_token"])
        except urllib.error.HTTPError as error:
            refusal = json.load(error).get("error", error.reason)
            raise TokenRefused(
                f"Cognito refuses a token for {' '.join(scopes)}: {refusal}. Known scopes: {' '.join(self.scopes())}"
            ) from None


def user_pool_id(stage: str) -> str:
    """The user pool of a stage's gateway.

    Raises:
        ClientFailed: the gateway is not deployed.
    """
    ssm = boto3.client("ssm")
    try:
        return ssm.get_parameter(Name=f"/dossier/{stage}/gateway/user-pool-id")["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise ClientFailed(f"The gateway of the stage {stage} is not deployed. Deploy it first.") from None
