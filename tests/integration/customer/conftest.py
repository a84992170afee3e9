"""The Customer Service on moto, called as the gateway calls it."""

from collections.abc import Iterator

import pytest

from functions.customer.app import handler
from functions.customer.store import get_store
from functions.shared.signing import signing_key
from infra.templates import ROOT
from tests.support.gateway import Gateway
from tests.support.resources import create_key, create_table

TEMPLATE = ROOT / "functions" / "customer" / "template.yaml"


@pytest.fixture
def gateway(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The service behind the gateway, for a client that may do everything."""
    del moto_aws
    monkeypatch.setenv("TABLE_NAME", create_table(TEMPLATE))
    monkeypatch.setenv("SIGNING_KEY_ID", create_key(TEMPLATE, "SigningKey"))
    get_store.cache_clear()
    signing_key.cache_clear()
    yield Gateway(handler)
    get_store.cache_clear()
    signing_key.cache_clear()
