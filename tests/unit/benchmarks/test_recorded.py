"""How modules are counted."""

from benchmarks.recorded import by_package, more_than_recorded


def test_modules_are_counted_by_package_without_our_own() -> None:
    modules = ["json.decoder", "json", "botocore.config", "functions.customer.app", "_sysconfigdata__linux", "six"]
    assert by_package(modules) == {"botocore": 1, "six": 1, "stdlib": 3}


def test_only_packages_that_have_grown_are_named() -> None:
    assert more_than_recorded({"six": 2, "new": 1, "boto3": 3}, {"six": 1, "boto3": 28}) == {"six": 1, "new": 1}
