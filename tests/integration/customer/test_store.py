"""The store where DynamoDB is unkind, and where two change one customer at once."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, repeat
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken
from functions.customer.models import Customer, CustomerDetails
from functions.customer.store import CustomerStore, get_store
from functions.shared.aws import DynamoDB
from functions.shared.problems import PreconditionFailed
from tests.support.dynamodb import Listing, refusing
from tests.support.gateway import Gateway

ADA = CustomerDetails(given_name="Ada", email="ada@example.com")
EVE = CustomerDetails(given_name="Eve", email="eve@example.com")


@pytest.fixture
def store(gateway: Gateway) -> CustomerStore:
    """The service's own store."""
    del gateway
    return get_store()


def moments() -> Iterator[datetime]:
    """Times a millisecond apart."""
    return (datetime(2026, 11, 22, 15, 30, tzinfo=UTC) + timedelta(milliseconds=step) for step in count())


def arrivals(store: CustomerStore, number: int) -> list[str]:
    """The ids of that many new customers, newest first."""
    return [store.create(ADA).id for _ in range(number)][::-1]


@given(
    number=st.integers(0, 30),
    limit=st.integers(1, 10) | st.just(100),
    cuts=st.lists(st.integers(1, 6) | st.just(1000), min_size=1, max_size=20),
    newcomers=st.integers(0, 3),
)
def test_pages_hold_every_customer_once_wherever_dynamodb_cuts_its_own(
    number: int, limit: int, cuts: list[int], newcomers: int
) -> None:
    store = CustomerStore(cast("DynamoDB", Listing(cycle(cuts))), "customers", moments().__next__)
    ids = arrivals(store, number)
    found: list[str] = []
    position = None
    while True:
        customers, position = store.page(limit, position)
        found += [customer.id for customer in customers]
        assert len(customers) <= limit
        if position is None:
            break
        assert customers, "a page without customers would never end"
        # Who comes between two pages is newer than all that are still to come.
        arrivals(store, newcomers)
    assert found == ids


@pytest.mark.parametrize("number", [1, 2, 5, 20])
def test_a_full_last_page_is_known_to_be_the_last(number: int) -> None:
    store = CustomerStore(cast("DynamoDB", Listing(repeat(1000))), "customers", moments().__next__)
    ids = arrivals(store, number)
    customers, position = store.page(number, None)
    assert ([customer.id for customer in customers], position) == (ids, None)


def test_a_customer_is_read_consistently() -> None:
    # After a change its author reads it again; a read that may be stale would make the next change fail.
    class Recording:
        def get_item(self, **request: Any) -> dict[str, Any]:
            assert request["ConsistentRead"] is True
            return {}

    with pytest.raises(CustomerNotFound):
        CustomerStore(cast("DynamoDB", Recording()), "customers").read(CUSTOMER.id)


def test_customers_are_spread_over_every_shard() -> None:
    listing = Listing(repeat(1000))
    arrivals(CustomerStore(cast("DynamoDB", listing), "customers"), 200)
    sizes = Counter(item["listing"]["S"] for item in listing.items)
    assert len(sizes) == 4
    # 50 each are expected; fewer than 15 or more than 90 have one chance in a hundred million.
    assert all(15 < size < 90 for size in sizes.values())


def test_two_changes_of_one_version_are_one_change_and_one_refusal(store: CustomerStore) -> None:
    read_by_both = store.create(ADA)
    store.change(read_by_both, EVE)
    with pytest.raises(PreconditionFailed):
        store.change(read_by_both, ADA)
    assert store.read(read_by_both.id).email == "eve@example.com"


def test_a_change_does_not_bring_back_who_was_erased_meanwhile(store: CustomerStore) -> None:
    read_before = store.create(ADA)
    store.erase(read_before)
    with pytest.raises(PreconditionFailed):
        store.change(read_before, EVE)
    with pytest.raises(CustomerErased):
        store.read(read_before.id)


def test_who_changed_meanwhile_is_not_erased(store: CustomerStore) -> None:
    read_before = store.create(ADA)
    store.change(read_before, EVE)
    with pytest.raises(PreconditionFailed):
        store.erase(read_before)
    assert store.read(read_before.id).version == 2


def test_who_is_erased_twice_at_once_is_erased_once(store: CustomerStore) -> None:
    read_by_both = store.create(ADA)
    store.erase(read_by_both)
    with pytest.raises(PreconditionFailed):
        store.erase(read_by_both)


def test_a_stale_change_to_a_taken_address_is_stale(store: CustomerStore) -> None:
    store.create(EVE)
    ada = store.create(ADA)
    store.change(ada, ADA.model_copy(update={"given_name": "Augusta"}))
    with pytest.raises(PreconditionFailed):
        store.change(ada, EVE)


def test_a_change_to_an_address_that_was_taken_meanwhile_changes_nothing(store: CustomerStore) -> None:
    ada = store.create(ADA)
    store.create(EVE)
    with pytest.raises(EmailTaken):
        store.change(ada, EVE)
    assert store.read(ada.id) == ada
    with pytest.raises(EmailTaken):
        store.create(ADA)


CUSTOMER = Customer.model_validate(
    {
        "id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "given_name": "Ada",
        "email": "ada@example.com",
        "created_at": "2026-11-22T15:30:00.000Z",
        "updated_at": "2026-11-22T15:30:00.000Z",
        "version": 1,
    }
)
CALLS: list[Callable[[CustomerStore], Any]] = [
    lambda store: store.create(ADA),
    lambda store: store.read(CUSTOMER.id),
    lambda store: store.change(CUSTOMER, EVE),
    lambda store: store.erase(CUSTOMER),
    lambda store: store.page(20, None),
    lambda store: store.check(),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", ["AccessDeniedException", "ThrottlingException", "ResourceNotFoundException"])
def test_an_error_that_a_store_does_not_understand_passes_through(
    call: Callable[[CustomerStore], Any], error: str
) -> None:
    with pytest.raises(ClientError) as failure:
        call(CustomerStore(refusing(error), "customers"))
    assert failure.value.response["Error"]["Code"] == error


@pytest.mark.parametrize("call", [CALLS[0], CALLS[2], CALLS[3]])
@pytest.mark.parametrize("reason", ["TransactionConflict", "ProvisionedThroughputExceeded", "ItemCollectionSizeLimit"])
def test_a_transaction_cancelled_for_another_reason_is_no_refusal(
    call: Callable[[CustomerStore], Any], reason: str
) -> None:
    for reasons in ((reason, "None"), ("None", reason)):
        with pytest.raises(ClientError):
            call(CustomerStore(refusing("TransactionCanceledException", *reasons), "customers"))
