"""Idempotency-Key: a request that is sent again gets its first answer, and does nothing.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

Two items are written in the transaction that does the work, so that they never say what did not happen:

    ONCE#<id>  ONCE             the key's use: `fingerprint` of the request, `answer_pk` and `answer_sk`, `expires_at`
    (a key that the store gives) the answer: `status`, `headers`, `body`, `expires_at`

The answer stands beside what was created, so that it is erased with it. <id> and the fingerprint are keyed MACs, from
which neither the client's key nor the body can be guessed.
"""

import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self, cast

from botocore.exceptions import ClientError
from chalice.app import Request, Response

from functions.shared.aws import CONFLICT, DynamoDB, cancellation_reasons
from functions.shared.problems import (
    RETRY_SOON,
    AnswerErased,
    IdempotencyKeyReused,
    MalformedHeader,
    RequestInProgress,
)
from functions.shared.signing import signing_key
from functions.shared.transactions import Item, Refused, commit

LIFETIME = timedelta(hours=24)
_KEY = re.compile(r"[ -~]{1,255}")


class Replayed(Exception):
    """The request was answered before.

    Attributes:
        answer: as it went out then.
    """

    def __init__(self, answer: Response) -> None:
        super().__init__("answered before")
        self.answer = answer


@dataclass(frozen=True)
class Once:
    """One use of an idempotency key, and the answer that goes out if this is the first.

    Attributes:
        id: MAC of client, route and key.
        fingerprint: MAC of path, query, the JSON value of the body, and the person that the client acts for.
        answer: what goes out.
        at: when the request came.
    """

    id: str
    fingerprint: str
    answer: Response
    at: datetime

    @classmethod
    def of(cls, request: Request, client_id: str, answer: Response, at: datetime) -> Self:
        """The use that a request makes of the key in its header; a key belongs to a client and a route.

        Raises:
            MalformedHeader: the key is none.
        """
        key = request.headers["idempotency-key"]
        if not _KEY.fullmatch(key):
            raise MalformedHeader("Idempotency-Key has 1 to 255 printable characters of ASCII.")
        scope = [client_id, request.method, request.context["resourcePath"], key]
        query = request.to_original_event()["multiValueQueryStringParameters"]
        asked = [request.uri_params, query, request.headers.get("dossier-actor")]
        return cls(
            id=_mac(b"use", json.dumps(scope).encode()),
            fingerprint=_mac(b"request", json.dumps([*asked, _value(request)], sort_keys=True).encode()),
            answer=answer,
            at=at,
        )

    def writes(self, table: str, home: Item) -> list[Item]:
        """The two items as writes of a transaction; the first one's condition fails if the key is in use.

        Args:
            table: name of the table.
            home: key of the item for the answer, beside what is created.
        """
        expires_at = {"N": str(int((self.at + LIFETIME).timestamp()))}
        use = {
            **_use_key(self.id),
            "fingerprint": {"S": self.fingerprint},
            "answer_pk": home["pk"],
            "answer_sk": home["sk"],
            "expires_at": expires_at,
        }
        answer = {
            **home,
            "status": {"N": str(self.answer.status_code)},
            "headers": {"S": json.dumps(self.answer.headers)},
            "body": {"S": self.answer.body},
            "expires_at": expires_at,
        }
        # DynamoDB deletes what has expired within days only, so expired counts as absent.
        unused = {
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
            "ExpressionAttributeValues": {":now": {"N": str(int(self.at.timestamp()))}},
        }
        return [{"Put": {"TableName": table, "Item": use, **unused}}, {"Put": {"TableName": table, "Item": answer}}]

    def first_answer(self, client: DynamoDB, table: str, use: Item) -> Response:
        """The answer that the key's first use got; one consistent read.

        Raises:
            IdempotencyKeyReused: that was another request.
            AnswerErased: what it created was erased, and the answer with it.
        """
        if not hmac.compare_digest(use["fingerprint"]["S"], self.fingerprint):
            raise IdempotencyKeyReused("Its first request was another one. Send a key of its own with each request.")
        home = {"pk": use["answer_pk"], "sk": use["answer_sk"]}
        item = client.get_item(TableName=table, Key=home, ConsistentRead=True).get("Item")
        if item is None:
            raise AnswerErased
        headers = {**json.loads(item["headers"]["S"]), "Idempotency-Replayed": "true"}
        return Response(body=item["body"]["S"], headers=headers, status_code=int(item["status"]["N"]))


def commit_once(client: DynamoDB, table: str, writes: list[Item], use: Once | None, home: Item) -> None:
    """Make writes as one transaction, with the use of an idempotency key if there is one.

    Args:
        client: as `commit` has it.
        table: where the use and the answer are kept.
        writes: as `commit` has them.
        use: the key's use; None where the client sent no key.
        home: key of the item for the answer.

    Raises:
        Replayed: the key was used for this request before; nothing is written.
        IdempotencyKeyReused, AnswerErased: see `Once.first_answer`.
        RequestInProgress: the same key met itself until the attempts were over.
        Refused, ClientError: as `commit` has them; positions are those of `writes`.
    """
    if use is None:
        commit(client, writes)
        return
    try:
        commit(client, [*writes, *use.writes(table, home)])
    except Refused as refused:
        first = refused.found[len(writes)]
        if first is None:
            raise
        raise Replayed(use.first_answer(client, table, first)) from None
    except ClientError as error:
        if cancellation_reasons(error)[len(writes) : len(writes) + 1] == [CONFLICT]:
            raise RequestInProgress("Wait one second and send the same request again.", headers=RETRY_SOON) from None
        raise


def _value(request: Request) -> object:
    """Return the body's JSON value: equal values have equal fingerprints, however they are written."""
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
