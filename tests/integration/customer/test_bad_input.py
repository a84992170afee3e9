"""Bad input to every route of the Customer Service: refused as documented, never a failure of ours, never stored."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.bad_customers import MARKER, bad_requests
from tests.support.customers import ADA, CREATE, NOBODY, PATCH, created
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.problems import code


def test_bad_requests_are_refused_and_change_nothing(gateway: Gateway, table: Table) -> None:
    customer = created(gateway, **ADA)
    before = table.items()
    bad = bad_requests()
    assert len(bad) >= 500
    for request in bad:
        answer = gateway.call(
            request.route_key,
            path={"customer_id": request.customer_id or customer["id"]},
            query=request.query,
            body=request.body,
            headers={"If-Match": '"1"', **request.headers},
        )
        assert answer.status == request.status, (str(request)[:300], answer.text)
        assert code(answer)[0] < 500
        assert MARKER not in answer.text
    assert table.items() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(MARKER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ADA["address"], "x"]), inner),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys([*ADA, "surprise"], JSON)) | JSON | st.text()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, query=st.text(max_size=20), tag=st.text(max_size=8), route_key=st.sampled_from([CREATE, PATCH]))
def test_whatever_is_sent_is_answered_and_never_echoed(
    gateway: Gateway, body: Any, query: str, tag: str, route_key: str
) -> None:
    headers = {"If-Match": tag, "If-None-Match": tag, "traceparent": tag}
    answer = gateway.call(route_key, path={"customer_id": NOBODY}, body=body, query=query, headers=headers)
    assert answer.status in {201, 400, 404, 409, 412, 415, 422}
    assert answer.status == 201 or MARKER not in answer.text
