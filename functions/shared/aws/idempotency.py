"""Idempotency-Key: a repeated request returns the first response and writes nothing.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

The request's own transaction writes two items, so that they exist only if the request succeeded:

    ONCE#<id>  ONCE         use of the key: `fingerprint` of the request, `answer_pk` and `answer_sk`, `expires_at`
    (key from the store)    response: `status`, `headers`, `body`, `expires_at`

The response is stored next to the created item and is erased with it. <id> and the fingerprint are keyed MACs, which
reveal neither the client's key nor the body.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self, cast

from chalice.app import Request, Response

from functions.shared.aws.client import DynamoDB
from functions.shared.aws.errors import CONFLICT, CallRefused
from functions.shared.aws.signing import signing_key
from functions.shared.aws.transactions import Item, Refused, commit
from functions.shared.plain.problems import (
    RETRY_SOON,
    AnswerErased,
    IdempotencyKeyReused,
    MalformedHeader,
    RequestInProgress,
)

LIFETIME = timedelta(hours=24)
_USE = "idempotency key"
_KEY = re.compile(r"[ -~]{1,255}")


class Replayed(Exception):
    """A repeated request.

    Attributes:
        response: the first response.
    """

    def __init__(self, response: Response) -> None:
        super().__init__("the request was repeated")
        self.response = response


@dataclass(frozen=True)
class Once:
    """A use of an idempotency key, with the response if it is the first use.

    Attributes:
        id: MAC of client, route and key.
        fingerprint: MAC of path, query, the JSON value of the body, and the person that the client acts for.
        response: the response.
        at: time of the request.
    """

    id: str
    fingerprint: str
    response: Response
    at: datetime

    @classmethod
    def of(cls, request: Request, client_id: str, response: Response, at: datetime) -> Self:
        """Return a request's use of the key in its header. A key belongs to a client and a route.

        Raises:
            MalformedHeader: the key is not valid.
        """
        key = request.headers["idempotency-key"]
        if not _KEY.fullmatch(key):
            raise MalformedHeader("Send an Idempotency-Key of 1 to 255 printable ASCII characters.")
        scope = [client_id, request.method, request.context["resourcePath"], key]
        query = request.to_original_event()["multiValueQueryStringParameters"]
        sent = [request.uri_params, query, request.headers.get("dossier-actor")]
        return cls(
            id=_mac(b"use", json.dumps(scope).encode()),
            fingerprint=_mac(b"request", json.dumps([*sent, _value(request)], sort_keys=True).encode()),
            response=response,
            at=at,
        )

    def writes(self, table: str, home: Item) -> dict[str, Item]:
        """Return the writes of both items. The condition of `_USE` fails if the key was used.

        Args:
            table: name of the table.
            home: key of the response's item, next to the created item.
        """
        expires_at = {"N": str(int((self.at + LIFETIME).timestamp()))}
        use = {
            **_use_key(self.id),
            "fingerprint": {"S": self.fingerprint},
            "answer_pk": home["pk"],
            "answer_sk": home["sk"],
            "expires_at": expires_at,
        }
        response = {
            **home,
            "status": {"N": str(self.response.status_code)},
            "headers": {"S": json.dumps(self.response.headers)},
            "body": {"S": self.response.body},
            "expires_at": expires_at,
        }
        # DynamoDB may delete expired items days later.
        unused = {
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
            "ExpressionAttributeValues": {":now": {"N": str(int(self.at.timestamp()))}},
        }
        return {
            _USE: {"Put": {"TableName": table, "Item": use, **unused}},
            "idempotency response": {"Put": {"TableName": table, "Item": response}},
        }

    def first_response(self, client: DynamoDB, table: str, use: Item) -> Response:
        """Return the response to the key's first use, with one consistent read.

        Raises:
            IdempotencyKeyReused: the first use was another request.
            AnswerErased: the created item was erased, and the response with it.
        """
        if not hmac.compare_digest(use["fingerprint"]["S"], self.fingerprint):
            raise IdempotencyKeyReused("Send a new key with each new request.")
        home = {"pk": use["answer_pk"], "sk": use["answer_sk"]}
        item = client.get_item(TableName=table, Key=home, ConsistentRead=True).get("Item")
        if item is None:
            raise AnswerErased
        headers = {**json.loads(item["headers"]["S"]), "Idempotency-Replayed": "true"}
        return Response(body=item["body"]["S"], headers=headers, status_code=int(item["status"]["N"]))


def commit_once(client: DynamoDB, table: str, writes: Mapping[str, Item], use: Once | None, home: Item) -> None:
    """Make writes in one transaction, with the use of an idempotency key if the client sent one.

    Args:
        client: see `commit`.
        table: table of the use and the response.
        writes: see `commit`.
        use: use of the key; None if the client sent no key.
        home: key of the response's item.

    Raises:
        Replayed: the key was used for this request before. Nothing is written.
        IdempotencyKeyReused, AnswerErased: see `Once.first_response`.
        RequestInProgress: a request with the same key was in progress during all attempts.
        raise Replayed(use.first_response(client, table, refused.failed[_USE])) from None
    except CallRefused as error:
        if (_USE, CONFLICT) in zip(writes, (reason.code for reason in error.reasons), strict=False):
    """
    if use is None:
        commit(client, writes)
        return
    writes = {**writes, **use.writes(table, home)}
    try:
        commit(client, writes)
    except Refused as refused:
        if _USE not in refused.failed:
            raise
        raise Replayed(use.first_response(client, table, refused.failed[_USE])) from None
    except CallRefused as error:
        if (_USE, CONFLICT) in zip(writes, (reason.code for reason in error.reasons), strict=False):
            raise RequestInProgress("Wait one second and send the same request again.", headers=RETRY_SOON) from None
        raise


def _value(request: Request) -> object:
    """Return the body's JSON value. Equal values have equal fingerprints, in any notation."""
    body = cast("bytes", request.raw_body)
    return json.loads(body, parse_float=_number) if body else None


def _number(text: str) -> int | float:
    """Return a JSON number; 700.0 and 7e2 equal 700 (JSON Schema 2020-12, section 6.3)."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _use_key(use_id: str) -> Item:
    return {"pk": {"S": f"ONCE#{use_id}"}, "sk": {"S": "ONCE"}}


def _mac(purpose: bytes, message: bytes) -> str:
    return hmac.new(signing_key(), b"dossier/idempotency/v1/" + purpose + b"/" + message, sha256).hexdigest()
