"""Which folder `make deploy SERVICE=<folder>` may deploy from."""

import argparse
from pathlib import Path

import pytest

from infra import __main__ as infra
from infra.deploy import stacks
from infra.deploy.stacks import DeploymentFailed, Stack, gateway_and_services
from infra.templates import ROOT, TemplateBroken

TEMPLATE = "Parameters: {Inputs: {Type: String}}\nResources: {}\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a gateway and a service `loan`."""
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    monkeypatch.setattr(infra, "ROOT", tmp_path)
    for folder in ("gateway_config", "functions/loan"):
        put(tmp_path / folder)
    return tmp_path


def put(folder: Path) -> None:
    """Make a folder with a template."""
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(TEMPLATE, encoding="utf-8")


def joined(service: str) -> list[Stack]:
    """The services with that of a folder."""
    _, services = gateway_and_services("dev", {})
    return infra.joined(services, argparse.Namespace(service=service, parameters=""))


def test_a_folder_elsewhere_joins_the_services(checkout: Path) -> None:
    put(checkout / "examples" / "rates")
    assert [stack.name for stack in joined("examples/rates")] == ["loan", "rates"]


def test_the_folder_of_a_service_is_that_service(checkout: Path) -> None:
    assert [stack.name for stack in joined("functions/loan")] == ["loan"]
    assert (checkout / "functions" / "loan").is_dir()


def test_a_folder_that_is_named_like_a_service_elsewhere_does_not_replace_it(checkout: Path) -> None:
    put(checkout / "examples" / "loan")
    with pytest.raises(DeploymentFailed, match="functions/ already contains a service loan"):
        joined("examples/loan")


@pytest.mark.parametrize("name", ["gateway", "registry"])
@pytest.mark.parametrize("parent", ["examples", "functions"])
def test_a_folder_that_is_named_like_the_gateway_does_not_replace_it(checkout: Path, parent: str, name: str) -> None:
    put(checkout / parent / name)
    with pytest.raises(TemplateBroken, match="the gateway's own stack"):
        joined(f"{parent}/{name}")


def test_the_gateways_own_folder_is_the_gateway() -> None:
    gateway, services = gateway_and_services("dev", {})
    assert (gateway.name, gateway.template) == ("gateway", ROOT / "gateway_config" / "template.yaml")
    assert "gateway" not in {service.name for service in services}
