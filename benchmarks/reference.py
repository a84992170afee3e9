"""V0, the reference: a raw handler and botocore, and nothing else.

It makes the AWS calls that the services' reads make, and one create and one list of the customers' shape, without
checking, signing or logging anything.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any

from botocore.session import get_session

TABLE = os.environ["TABLE_NAME"]

_session = get_session()
_dynamodb: Any = _session.create_client("dynamodb")
_kms: Any = _session.create_client("kms") if "LAST4_KEY_ID" in os.environ else None
Event = dict[str, Any]


def read_customer(event: Event) -> Event:
    """One item: GetItem."""
    key = {"pk": {"S": f"CUS#{event['pathParameters']['customer_id']}"}, "sk": {"S": "CUSTOMER"}}
    answer = _dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True)
    return _reply(200, _members(answer["Item"]))


def create_customer(event: Event) -> Event:
    """One new item: PutItem."""
    at = datetime.now(UTC).isoformat()
    customer = {**json.loads(event["body"]), "id": f"cus_{uuid.uuid4().hex}", "created_at": at, "updated_at": at}
    item = {name: _wire(value) for name, value in customer.items()}
    item |= {"pk": {"S": f"CUS#{customer['id']}"}, "sk": {"S": "CUSTOMER"}, "listing": {"S": "CUSTOMERS"}}
    _dynamodb.put_item(TableName=TABLE, Item=item, ConditionExpression="attribute_not_exists(pk)")
    return _reply(201, customer)


def list_customers(_: Event) -> Event:
    """One page: Query."""
    answer = _dynamodb.query(
        TableName=TABLE,
        IndexName="listing",
        KeyConditionExpression="listing = :listing",
        ExpressionAttributeValues={":listing": {"S": "CUSTOMERS"}},
        ScanIndexForward=False,
        Limit=20,
    )
    return _reply(200, {"items": [_members(item) for item in answer["Items"]]})


def read_score(event: Event) -> Event:
    """The current score and the record of who asked: Query and TransactWriteItems."""
    file = {"S": f"FILE#{event['pathParameters']['customer_id']}"}
    answer = _dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :head)",
        ExpressionAttributeValues={":pk": file, ":head": {"S": "HEAD#"}},
        ConsistentRead=True,
    )
    report = answer["Items"][0]["report"]
    inquiry = {"pk": file, "sk": {"S": f"INQUIRY#{uuid.uuid4().hex}"}, "report": report}
    inquiry["inquired_at"] = {"S": datetime.now(UTC).isoformat()}
    freeze = {"TableName": TABLE, "Key": {"pk": file, "sk": {"S": "HEAD#FILE"}}}
    unfrozen = {"ConditionCheck": {**freeze, "ConditionExpression": "attribute_not_exists(pk)"}}
    _dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": inquiry}}, unfrozen])
    return _reply(200, _members(report["M"]))


def read_ssn(event: Event) -> Event:
    """What is known of a number, and the key to its last digits: TransactGetItems and KMS Decrypt."""
    customer_id = event["pathParameters"]["customer_id"]
    customer = {"S": f"CUS#{customer_id}"}
    answer = _dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": TABLE, "Key": {"pk": customer, "sk": {"S": "SSN"}}}},
            {"Get": {"TableName": os.environ["KEYRING_NAME"], "Key": {"pk": customer, "sk": {"S": "KEYS"}}}},
        ]
    )
    data, keys = (response["Item"] for response in answer["Responses"])
    _kms.decrypt(
        KeyId=os.environ["LAST4_KEY_ID"],
        CiphertextBlob=keys["ssn_last4"]["B"],
        EncryptionContext={"service": "ssn", "customer": customer_id},
    )
    members = _members({name: value for name, value in data.items() if "B" not in value})
    return _reply(200, {"masked": "***-**-0000", **members})


_ROUTES = {
    "GET /v1/customers/{customer_id}": read_customer,
    "POST /v1/customers": create_customer,
    "GET /v1/customers": list_customers,
    "GET /v1/credit/{customer_id}/score": read_score,
    "GET /v1/ssn/{customer_id}": read_ssn,
}


def handler(event: Event, _: object) -> Event:
    """Serve one HTTP API event (payload format 2.0)."""
    return _ROUTES[event["routeKey"]](event)


def _reply(status: int, body: Any) -> Event:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def _members(item: Event) -> Event:
    return {name: _plain(value) for name, value in item.items() if name not in {"pk", "sk", "listing"}}


def _plain(value: Event) -> Any:
    [(kind, held)] = value.items()
    if kind == "M":
        return {name: _plain(member) for name, member in held.items()}
    if kind == "L":
        return [_plain(member) for member in held]
    return int(held) if kind == "N" else held


def _wire(value: Any) -> Event:
    if isinstance(value, dict):
        return {"M": {name: _wire(member) for name, member in value.items()}}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
