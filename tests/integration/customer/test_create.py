"""POST /v1/customers."""

from tests.support.gateway import Gateway

CREATE = "POST /v1/customers"


def test_a_created_customer_can_be_read(gateway: Gateway) -> None:
    created = gateway.call(CREATE, body={"given_name": "Ada", "email": "ada@example.com"})
    assert created.status == 201
    assert created.headers["etag"] == '"1"'
    read = gateway.call("GET /v1/customers/{customer_id}", path={"customer_id": created.json["id"]})
    assert read.status == 200
    assert read.json == created.json
