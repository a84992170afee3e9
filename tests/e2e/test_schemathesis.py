"""Schemathesis against the OpenAPI document that each service serves: no defect, and responses that conform to it.

The gate sends the same requests in each run. A second, shorter run has a new seed: it reports its findings and does
not fail. `--seed N` repeats it with a reported seed, and then a finding fails.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from tests.e2e.api import UNKNOWN_ID, Api, expect, location

# What is generated for other services' customers stays, as these have no customers to erase.
pytestmark = pytest.mark.needs("own_cloud")

# For each operation and kind of input, fitting and not; and for each service.
EXAMPLES = 15
SECONDS = 15
BOUNDED = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# Not whether an input is accepted: a schema cannot say all that a model knows.
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


def test_whatever_is_generated_is_answered_as_documented(api: Api, service: str, show: Callable[[str], None]) -> None:
    seen = Counter[int]()
    operations = explore(api, service, seen, SECONDS, settings(BOUNDED, derandomize=True))
    calls = f"{operations} operations, {seen.total()} calls, answers {dict(sorted(seen.items()))}"
    show(f"schemathesis, {service}: {calls}")
    assert seen.total() >= operations


def test_new_inputs_are_answered_as_documented_or_reported(
    api: Api, service: str, show: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    given_seed = request.config.getoption("seed")
    number = secrets.randbelow(2**32) if given_seed is None else given_seed
    seen = Counter[int]()
    try:
        explore(api, service, seen, SECONDS / 3, BOUNDED, seed(number))
    except (AssertionError, FailureGroup) as finding:
        if given_seed is not None:
            raise
        show(f"schemathesis, {service}, seed {number}: a finding, which --seed {number} repeats:\n{finding}")
    else:
        show(f"schemathesis, {service}, seed {number}: {seen.total()} calls, nothing found")


def explore(api: Api, service: str, seen: Counter[int], seconds: float, *decorators: Callable[[Any], Any]) -> int:
    """Send generated requests to each operation of a service, about a customer that exists and one that does not.

    Args:
        api: the running system.
        service: the service's name.
        seen: counts the responses by status.
        seconds: the time after which nothing more is sent.
        decorators: hypothesis's settings and seed.

    Returns:
        The number of operations.
    """
    response = api.call("GET", f"/openapi/{service}", scopes=None)
    expect(response, 200)
    document, ends = response.json(), monotonic() + seconds
    results = schemathesis.openapi.from_dict(document).get_all_operations()
    operations = [result.ok() for result in results if isinstance(result, Ok)]
    for operation in operations:
        # A new customer for each, as the last operation may have erased it.
        customer_id = location(api.create()).rpartition("/")[2]
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            send = partial(ask, api, scopes(document), customer_id, seen)
            generate(operation.as_strategy(generation_mode=mode), send, ends, decorators)
    return len(operations)


def generate(
    cases: st.SearchStrategy[Any],
    send: Callable[[Any, bool], None],
    ends: float,
    decorators: Iterable[Callable[[Any], Any]],
) -> None:
    """Send generated cases until the time is over."""

    def each(case: Any, *, there: bool) -> None:
        if monotonic() < ends:
            send(case, there)

    test = given(case=cases, there=st.booleans())(each)
    for decorator in decorators:
        test = decorator(test)
    # An operation without input has no wrong one.
    with suppress(Unsatisfiable):
        test()


def ask(api: Api, allowed: str, customer_id: str, seen: Counter[int], case: Any, there: bool) -> None:  # noqa: FBT001, PLR0913, PLR0917
    """Send what was generated, and hold the answer to the document."""
    if "customer_id" in (case.path_parameters or {}):
        case.path_parameters["customer_id"] = customer_id if there else UNKNOWN_ID
    bearer = api.tokens.headers(allowed) if allowed else {}
    answer = case.call(base_url=str(api.http.base_url), headers=bearer, timeout=20)
    seen[answer.status_code] += 1
    assert answer.status_code < 500 or (answer.status_code == 503 and "retry-after" in answer.headers), answer.text
    case.validate_response(answer, checks=CHECKS)


def scopes(document: dict[str, Any]) -> str:
    """Every scope that a document names."""
    flows = document["components"]["securitySchemes"]["oauth2"]["flows"]
    return " ".join(flows["clientCredentials"]["scopes"])
