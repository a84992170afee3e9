"""Schemathesis against the OpenAPI document that each service serves: no defect, and answers that conform to it."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
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
    derandomize=True,  # Each run tries the same: what it finds is a change of ours.
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
    answer = api.call("GET", f"/openapi/{service}", scopes=None)
    expect(answer, 200)
    document = answer.json()
    ends, seen = monotonic() + SECONDS, Counter[int]()
    found = schemathesis.openapi.from_dict(document).get_all_operations()
    operations = [result.ok() for result in found if isinstance(result, Ok)]
    for operation in operations:
        # Anew, as the last operation may have erased it.
        customer_id = location(api.create()).rpartition("/")[2]
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            cases = operation.as_strategy(generation_mode=mode)
            explore(cases, partial(ask, api, scopes(document), customer_id, seen), ends)
    told = f"{len(operations)} operations, {sum(seen.values())} calls, answers {dict(sorted(seen.items()))}"
    show(f"schemathesis, {service}: {told}")
    assert sum(seen.values()) >= len(operations)


def explore(cases: st.SearchStrategy[Any], send: Callable[[Any, bool], None], ends: float) -> None:
    """Send what is generated, about a customer that is there or is not, until the time is over."""

    @BOUNDED
    @given(case=cases, there=st.booleans())
    def each(case: Any, *, there: bool) -> None:
        if monotonic() < ends:
            send(case, there)

    # Where there is no input, none can be wrong.
    with suppress(Unsatisfiable):
        each()


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
