"""The architecture rules of CONTRIBUTING.md, checked on the import graph and the source code."""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy

import grimp
import pytest

from infra.templates import ROOT

SERVICES = sorted(app.parent.name for app in ROOT.glob("functions/*/app.py"))
# A module of these packages imports no module of the packages on the right.
FORBIDDEN = {
    "functions": ("benchmarks", "fakes", "gateway_config", "infra", "operations", "tests"),
    "gateway_config": (
        "benchmarks",
        "fakes",
        "infra",
        "operations",
        "tests",
        *(f"functions.{service}" for service in SERVICES),
    ),
    "infra": ("benchmarks", "fakes", "operations", "tests"),
    "infra.deploy": ("infra.__main__", "infra.generate", "infra.local", "infra.stages"),
    "infra.generate": ("infra.__main__", "infra.deploy", "infra.local", "infra.stages"),
    "infra.local": ("infra.__main__", "infra.stages"),
    **{
        f"infra.{shared}": ("infra.__main__", "infra.deploy", "infra.generate", "infra.local", "infra.stages")
        for shared in ("bootstrap", "commands", "templates")
    },
    "operations": ("benchmarks", "fakes", "tests"),
    "fakes": ("benchmarks", "functions", "gateway_config", "infra", "tests"),
    "benchmarks": ("tests",),
    "functions.shared": tuple(f"functions.{service}" for service in SERVICES),
    "functions.shared.plain": ("functions.shared.aws", "functions.shared.requests"),
    "functions.shared.aws": ("functions.shared.requests",),
    **{
        f"functions.{service}": tuple(f"functions.{other}" for other in SERVICES if other != service)
        for service in SERVICES
    },
}
IMPORT_CHALICE = re.compile(
    r"functions\.\w+\.app"
    r"|functions\.shared\.requests\.\w+"
    r"|functions\.shared\.aws\.idempotency"  # keeps and repeats a response
    r"|functions\.ssn\.reveal"  # a function of its own, with its own role
    r"|functions\.credit\.retained"  # the same
    r"|gateway_config\.registry\.app"
    r"|benchmarks\.request_units"  # makes the response that an Idempotency-Key keeps
)
OF_REQUESTS = {"TableName", "KeyId"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The imports of the product, the benchmarks and the fakes. External packages are single modules."""
    packages = ("benchmarks", "fakes", "functions", "gateway_config", "infra", "operations")
    return grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)


def inside(module: str, package: str) -> bool:
    """Return whether a module is a package or a part of it."""
    return f"{module}.".startswith(f"{package}.")


def broken(graph: grimp.ImportGraph) -> set[str]:
    """Return the imports that break a rule, as 'importer -> imported'."""
    imports = [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    ]
    forbidden = {
        f"{importer} -> {imported}"
        for importer, imported in imports
        for package, others in FORBIDDEN.items()
        if inside(importer, package) and any(inside(imported, other) for other in others)
    }
    chalice = {
        f"{importer} -> {imported}"
        for importer, imported in imports
        if inside(imported, "chalice") and not IMPORT_CHALICE.fullmatch(importer)
    }
    return forbidden | chalice


def test_no_import_breaks_a_rule(graph: grimp.ImportGraph) -> None:
    assert broken(graph) == set()


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("functions.customer.models", "chalice"),
        ("infra.generate.openapi.document", "chalice"),
        ("functions.customer.store", "functions.credit.store"),
        ("functions.shared.aws.items", "functions.ssn.models"),
        ("functions.shared.aws.items", "infra.templates"),
        ("functions.shared.aws.items", "functions.shared.requests.etag"),
        ("functions.shared.plain.clock", "functions.shared.aws.items"),
        ("gateway_config.registry.pages", "infra.templates"),
        ("gateway_config.registry.pages", "functions.customer.models"),
        ("functions.customer.app", "tests"),
        ("infra.deploy.deployment", "infra.local.deployer"),
        ("infra.deploy.stacks", "infra.stages"),
        ("infra.generate.compose", "infra.deploy.settings"),
        ("infra.local.system", "infra.stages"),
        ("infra.templates", "infra.deploy.stacks"),
        ("infra.generate.openapi.document", "tests"),
        ("benchmarks.services", "tests"),
    ],
)
def test_an_import_that_breaks_a_rule_is_found(graph: grimp.ImportGraph, importer: str, imported: str) -> None:
    changed = deepcopy(graph)
    if imported not in changed.modules:
        changed.add_module(imported)
    changed.add_import(importer=importer, imported=imported)
    assert broken(changed) == {f"{importer} -> {imported}"}


def named_adapters() -> set[str]:
    """Return the adapter modules that CONTRIBUTING.md names, by path."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("Only these modules send requests to DynamoDB or KMS:")[1].split("\n- ")[0]
    paths = set()
    for line in section.splitlines():
        modules = re.findall(r"`([a-z0-9_]+\.py)`", line)
        if "each `store.py`" in line:
            paths |= {path.relative_to(ROOT).as_posix() for path in ROOT.glob("functions/*/store.py")}
        elif modules:
            folder = "shared/aws" if "functions/shared/aws" in line else line.split("- ")[1].split("'s ")[0]
            paths |= {f"functions/{folder}/{module}" for module in modules}
    return paths


def requests(source: str) -> Iterator[int]:
    """Yield the lines that build a request to DynamoDB or KMS: they name a table or a key."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in OF_REQUESTS:
            yield node.value.lineno
        if isinstance(node, ast.Dict):
            names = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if names & OF_REQUESTS:
                yield node.lineno


def test_only_the_named_adapters_build_requests_to_dynamodb_or_kms() -> None:
    sources = [*ROOT.glob("functions/**/*.py"), *ROOT.glob("gateway_config/**/*.py")]
    building = {
        path.relative_to(ROOT).as_posix() for path in sources if any(requests(path.read_text(encoding="utf-8")))
    }
    assert len(building) > 8
    assert building - named_adapters() == set()


def test_every_named_adapter_exists() -> None:
    assert [path for path in sorted(named_adapters()) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("client.get_item(TableName=table)", [1]),
        ("write = {'Put': {'TableName': table}}", [1]),
        ("kms.decrypt(KeyId=key)", [1]),
        ("store.get(customer_id)", []),
    ],
)
def test_a_request_is_found(source: str, lines: list[int]) -> None:
    assert list(requests(source)) == lines
