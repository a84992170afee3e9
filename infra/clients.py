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

from infra.stacks import set_parameter

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


# API Gateway quotas, HTTP APIs, "Audiences per authorizer":
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAX_AUDIENCE = 50


class ClientFailed(Exception):
    """A client cannot be made or let in; the message says why."""


class TokenRefused(Exception):
    """Cognito gives no token; the message says why."""


class Clients:
    """The clients of one user pool."""

    def __init__(self, user_pool_id: str) -> None:
        """Use the pool of this id, in the account and region of the environment."""
        self._pool = user_pool_id
        self._cognito: CognitoIdentityProviderClient = boto3.client("cognito-idp")

    def scopes(self) -> list[str]:
        """Every scope there is, as `identifier/name`: what the services' resource servers declare."""
        servers = self._cognito.list_resource_servers(UserPoolId=self._pool, MaxResults=50)["ResourceServers"]
        return sorted(
            f"{server['Identifier']}/{scope['ScopeName']}" for server in servers for scope in server["Scopes"]
        )

    def declared(self, scopes: list[str]) -> list[str]:
        """These scopes, or all without any.

        Raises:
            ClientFailed: a scope that no service declares; Cognito would refuse it.
        """
        known = self.scopes()
        unknown = sorted(set(scopes) - set(known))
        if unknown:
            raise ClientFailed(f"No service declares {' '.join(unknown)}. Declared: {' '.join(known)}")
        return scopes or known

    def ids(self) -> dict[str, str]:
        """The ids of all clients, by name."""
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=self._pool)
        return {client["ClientName"]: client["ClientId"] for page in pages for client in page["UserPoolClients"]}

    def ensure(self, name: str, scopes: list[str]) -> str:
        """Make a client, or give the one of this name these scopes; its id is returned."""
        allowed: dict[str, Any] = {
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthScopes": scopes,
        }
        known = self.ids().get(name)
        if known is None:
            made = self._cognito.create_user_pool_client(
                UserPoolId=self._pool, ClientName=name, GenerateSecret=True, **allowed
            )
            return made["UserPoolClient"]["ClientId"]
        self._cognito.update_user_pool_client(UserPoolId=self._pool, ClientId=known, **allowed)
        return known

    def admit(self, gateway_stack: str) -> bool:
        """Let every client of the pool through the gateway's authorizer; False if it knew them all.

        A Cognito client-credentials token has no `aud`: the authorizer compares `client_id` with its audience.

        Raises:
            ClientFailed: there are more than API Gateway takes.
        """
        audience = sorted(self.ids().values())
        if len(audience) > MAX_AUDIENCE:
            raise ClientFailed(f"The gateway's authorizer takes at most {MAX_AUDIENCE} clients; delete one first.")
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
            raise TokenRefused(f"There is no client {name}.")
        described = self._cognito.describe_user_pool_client(UserPoolId=self._pool, ClientId=client_id)
        secret = described["UserPoolClient"]["ClientSecret"]
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
                f"No token for {' '.join(scopes)}: {refusal}. Scopes: {' '.join(self.scopes())}"
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
        raise ClientFailed(f"The gateway of the stage {stage} is not deployed yet.") from None
