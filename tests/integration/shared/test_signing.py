"""The signing key, derived by KMS."""

from collections.abc import Iterator

import boto3
import pytest
from mypy_boto3_kms import KMSClient

from functions.shared.aws.errors import CallRefused
from functions.shared.aws.signing import signing_key
from tests.support.account import account


@pytest.fixture(scope="module")
def kms() -> Iterator[KMSClient]:
    """A client of an account that the module's tests share."""
    with account():
        yield boto3.client("kms")


@pytest.fixture
def key_id(kms: KMSClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An HMAC key that the environment names."""
    signing_key.cache_clear()
    yield new_key(kms, monkeypatch)
    signing_key.cache_clear()


def new_key(kms: KMSClient, monkeypatch: pytest.MonkeyPatch) -> str:
    metadata = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    monkeypatch.setenv("SIGNING_KEY_ID", metadata["Arn"])
    return str(metadata["Arn"])


@pytest.mark.usefixtures("key_id")
def test_the_key_has_32_bytes_that_every_process_derives_alike() -> None:
    first = signing_key()
    signing_key.cache_clear()
    assert len(first) == 32
    assert signing_key() == first


@pytest.mark.usefixtures("key_id")
def test_another_kms_key_gives_another_signing_key(kms: KMSClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = signing_key()
    signing_key.cache_clear()
    new_key(kms, monkeypatch)
    assert signing_key() != first


@pytest.mark.usefixtures("key_id")
def test_kms_is_asked_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    first = signing_key()
    monkeypatch.setenv("SIGNING_KEY_ID", "alias/there-is-none")
    assert signing_key() == first


def test_a_failure_is_not_kept(key_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY_ID", "alias/there-is-none")
    with pytest.raises(CallRefused):
        signing_key()
    monkeypatch.setenv("SIGNING_KEY_ID", key_id)
    assert len(signing_key()) == 32


@pytest.mark.usefixtures("key_id")
def test_a_function_without_a_key_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNING_KEY_ID")
    with pytest.raises(KeyError):
        signing_key()
