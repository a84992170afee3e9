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

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


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

    def ids(self) -> dict[str, str]:
        """The ids of all clients, by name."""
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=self._pool)
        return {client["ClientName"]: client["ClientId"] for page in pages for client in page["UserPoolClients"]}

    def ensure(self, name: str, scopes: list[str]) -> str:
        """Make a client, or give the one of this name these scopes; its id is returned.

        Cognito accepts only scopes that a resource server declares, so services are deployed first.
        """
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
