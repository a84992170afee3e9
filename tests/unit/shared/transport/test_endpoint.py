"""Endpoints of AWS services, compared with botocore's."""

import os
from urllib.parse import urlsplit

import pytest
from botocore.session import Session

from functions.shared.aws.transport.endpoint import (
    DYNAMODB,
    EVENTS,
    KMS,
    LEFT_OUT,
    SSM,
    Endpoint,
    EndpointUnsupported,
    Service,
    endpoint,
    region,
)

SERVICES = [DYNAMODB, KMS, EVENTS, SSM]


@pytest.fixture(autouse=True)
def no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what the environment of the tests configures."""
    for name in list(os.environ):
        if name.startswith(("AWS_ENDPOINT_URL", "AWS_USE_", "AWS_IGNORE_", "AWS_REGION", "AWS_DEFAULT_REGION")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_endpoint_in_each_partition_is_botocores(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    session = Session()
    session.set_credentials("id", "secret")
    first = [session.get_available_regions("dynamodb", name)[0] for name in session.get_available_partitions()]
    assert len(first) >= 8
    for name in first:
        monkeypatch.setenv("AWS_REGION", name)
        client = session.create_client(service.name, region_name=name)
        assert f"https://{endpoint(service).host}" == client.meta.endpoint_url


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_protocol_and_variable_are_those_of_botocores_model(service: Service) -> None:
    model = Session().get_service_model(service.name)
    assert service.target == model.metadata["targetPrefix"]
    assert service.json_version == model.metadata["jsonVersion"]
    assert service.name == model.signing_name == model.endpoint_prefix
    assert service.variable == model.service_id.upper().replace(" ", "_")


def test_a_region_of_lambda_comes_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert region() == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert region() == "eu-central-1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:4566", Endpoint(secure=False, host="127.0.0.1", port=4566, authority="127.0.0.1:4566")),
        ("http://localhost/", Endpoint(secure=False, host="localhost", port=80, authority="localhost")),
        ("https://vpce.test", Endpoint(secure=True, host="vpce.test", port=443, authority="vpce.test")),
        ("https://vpce.test:443", Endpoint(secure=True, host="vpce.test", port=443, authority="vpce.test")),
        ("http://host.test/kms", Endpoint(secure=False, host="host.test", port=80, authority="host.test", path="/kms")),
        ("http://[::1]:4566", Endpoint(secure=False, host="::1", port=4566, authority="[::1]:4566")),
    ],
)
def test_a_configured_endpoint_is_used(monkeypatch: pytest.MonkeyPatch, url: str, expected: Endpoint) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert endpoint(DYNAMODB) == expected
    assert expected.authority == urlsplit(url).netloc.removesuffix(":443")


def test_the_endpoint_of_one_service_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://127.0.0.1:2")
    assert (endpoint(KMS).port, endpoint(EVENTS).port) == (1, 2)


def test_configured_endpoints_can_be_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert endpoint(KMS).host == "kms.us-east-1.amazonaws.com"


@pytest.mark.parametrize("variable", LEFT_OUT)
def test_fips_and_dual_stack_endpoints_are_refused(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv(variable, "true")
    with pytest.raises(EndpointUnsupported, match=f"{variable} needs botocore. Set DOSSIER_TRANSPORT=botocore"):
        endpoint(DYNAMODB)


@pytest.mark.parametrize("url", ["http://host.test/a%2Fb", "http://host.test/a/../b", "ftp://host.test", "http://"])
def test_a_url_that_is_no_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(EndpointUnsupported, match="needs botocore"):
        endpoint(DYNAMODB)
