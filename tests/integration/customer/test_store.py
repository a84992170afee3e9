"""The store where DynamoDB is unkind, and where two change one customer at once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, count, repeat
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.customer import listings
from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken
from functions.customer.events import CustomerErased as CustomerErasedEvent
from functions.customer.models import Customer, CustomerDetails, CustomerStatus
from functions.customer.store import CustomerStore, get_store
from functions.shared.aws.client import DynamoDB
from functions.shared.aws.errors import CallRefused
from functions.shared.aws.items import attributes
from functions.shared.plain.clock import now
from functions.shared.plain.problems import PreconditionFailed
from tests.support.customers import CALLER, milliseconds
from tests.support.dynamodb import Indexes, refusing
from tests.support.gateway import Gateway

ADA = CustomerDetails(given_name="Ada", email="ada@example.com")
EVE = CustomerDetails(given_name="Eve", email="eve@example.com")
EVERYBODY = listings.newest_first(None, None, None)


@pytest.fixture
def store(gateway: Gateway) -> CustomerStore:
    """The service's own store."""
    del gateway
    return get_store()


class Arrivals:
    """Customers that arrive a millisecond apart, with one of a few family names and one phone."""

    def __init__(self, store: CustomerStore) -> None:
        """Put them into a store."""
        self._store = store
        self._times = milliseconds()
        self._names = count()

    def __call__(self, number: int) -> list[Customer]:
        """That many of them."""
        return [self._arrive() for _ in range(number)]

    def _arrive(self) -> Customer:
        name = ["Smith", "smithson", "SMI", "Jones"][next(self._names) % 4]
        details = ADA.model_copy(update={"family_name": name, "phone": "+14155550123"})
        customer = Customer.create(details, next(self._times))
        self._store.create(customer, CALLER)
        return customer


LISTINGS = {
    "all": EVERYBODY,
    "status": listings.newest_first(CustomerStatus.ACTIVE, None, None),
    "phone": listings.with_phone("+14155550123"),
    "name": listings.by_name("smi"),
}


def belongs(customer: Customer, kind: str) -> bool:
    """Whether a customer is in a listing."""
    return kind != "name" or str(customer.family_name).lower().startswith("smi")


def place(customer: Customer, kind: str) -> tuple[str, str]:
    """What a listing is sorted by."""
    return (str(customer.family_name).lower() if kind == "name" else "", customer.id)


@given(
    kind=st.sampled_from(sorted(LISTINGS)),
    number=st.integers(0, 30),
    limit=st.integers(1, 10) | st.just(100),
    cuts=st.lists(st.integers(0, 6) | st.just(1000), max_size=20),
    rest=st.integers(1, 6) | st.just(1000),
    newcomers=st.integers(0, 3),
)
def test_pages_hold_every_customer_once_wherever_dynamodb_cuts_its_own(  # noqa: PLR0913, PLR0917 - what can vary
    kind: str, number: int, limit: int, cuts: list[int], rest: int, newcomers: int
) -> None:
    store = CustomerStore(cast("DynamoDB", Indexes(chain(cuts, repeat(rest)))), "customers")
    arrive = Arrivals(store)
    there = sorted(arrive(number), key=lambda customer: place(customer, kind), reverse=kind != "name")
    found: list[str] = []
    position = None
    while True:
        customers, position = store.page(LISTINGS[kind], limit, position)
        found += [customer.id for customer in customers]
        assert len(customers) <= limit
        if position is None:
            break
        if kind != "name":
            # Who comes between two pages is newer than all that are still to come.
            arrive(newcomers)
    assert found == [customer.id for customer in there if belongs(customer, kind)]


def test_a_page_that_dynamodb_ends_before_its_first_item_goes_on() -> None:
    store = CustomerStore(cast("DynamoDB", Indexes(chain([0] * 4, repeat(1000)))), "customers")
    there = Arrivals(store)(20)
    customers, position = store.page(EVERYBODY, 100, None)
    assert customers == []
    assert position is not None
    assert store.page(EVERYBODY, 100, position) == (there[::-1], None)


@pytest.mark.parametrize("number", [1, 2, 5, 20])
def test_a_full_last_page_is_known_to_be_the_last(number: int) -> None:
    store = CustomerStore(cast("DynamoDB", Indexes(repeat(1000))), "customers")
    there = Arrivals(store)(number)
    assert store.page(EVERYBODY, number, None) == (there[::-1], None)


def test_an_empty_range_is_not_asked_for() -> None:
    nothing = replace(EVERYBODY, first="b", last="a")
    assert CustomerStore(refusing("ValidationException"), "customers").page(nothing, 20, None) == ([], None)


def test_a_customer_is_read_consistently() -> None:
    # After a change its author reads it again; a read that may be stale would make the next change fail.
    class Recording:
        def get_item(self, **request: Any) -> dict[str, Any]:
            assert request["ConsistentRead"] is True
            return {}

    with pytest.raises(CustomerNotFound):
        CustomerStore(cast("DynamoDB", Recording()), "customers").read(CUSTOMER.id)


def test_customers_are_spread_over_every_shard_of_every_index() -> None:
    indexes = Indexes(repeat(1000))
    Arrivals(CustomerStore(cast("DynamoDB", indexes), "customers"))(200)
    for index in ("listing", "status_listing", "name_listing"):
        sizes = Counter(item[index]["S"] for item in indexes.items)
        assert len(sizes) == 4
        # 50 each are expected; fewer than 15 or more than 90 have one chance in a hundred million.
        assert all(15 < size < 90 for size in sizes.values())


def create(store: CustomerStore, details: CustomerDetails) -> Customer:
    """A new customer."""
    customer = Customer.create(details, now())
    store.create(customer, CALLER)
    return customer


def change(store: CustomerStore, customer: Customer, details: CustomerDetails) -> Customer:
    """The customer's next version."""
    changed = customer.changed(details, now())
    store.replace(customer, changed, CALLER)
    return changed


def erase(store: CustomerStore, customer: Customer) -> None:
    """Erase a customer."""
    store.erase(customer, CustomerErasedEvent.of(customer.id, CALLER, now()))


def test_two_changes_of_one_version_are_one_change_and_one_refusal(store: CustomerStore) -> None:
    read_by_both = create(store, ADA)
    change(store, read_by_both, EVE)
    with pytest.raises(PreconditionFailed):
        change(store, read_by_both, ADA)
    assert store.read(read_by_both.id).email == "eve@example.com"


def test_a_change_does_not_bring_back_who_was_erased_meanwhile(store: CustomerStore) -> None:
    read_before = create(store, ADA)
    erase(store, read_before)
    with pytest.raises(PreconditionFailed):
        change(store, read_before, EVE)
    with pytest.raises(CustomerErased):
        store.read(read_before.id)


def test_who_changed_meanwhile_is_not_erased(store: CustomerStore) -> None:
    read_before = create(store, ADA)
    change(store, read_before, EVE)
    with pytest.raises(PreconditionFailed):
        erase(store, read_before)
    assert store.read(read_before.id).version == 2


def test_who_is_erased_twice_at_once_is_erased_once(store: CustomerStore) -> None:
    read_by_both = create(store, ADA)
    erase(store, read_by_both)
    with pytest.raises(PreconditionFailed):
        erase(store, read_by_both)


def test_a_stale_change_to_a_taken_address_is_stale(store: CustomerStore) -> None:
    create(store, EVE)
    ada = create(store, ADA)
    change(store, ada, ADA.model_copy(update={"given_name": "Augusta"}))
    with pytest.raises(PreconditionFailed):
        change(store, ada, EVE)


def test_a_change_to_an_address_that_was_taken_meanwhile_changes_nothing(store: CustomerStore) -> None:
    ada = create(store, ADA)
    create(store, EVE)
    with pytest.raises(EmailTaken):
        change(store, ada, EVE)
    assert store.read(ada.id) == ada
    with pytest.raises(EmailTaken):
        create(store, ADA)


class Race:
    """Reads of an address and of a customer, between which something happened."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self._answers = iter(items)

    def get_item(self, **_: Any) -> dict[str, Any]:
        """The next item."""
        return {"Item": next(self._answers)}


@pytest.mark.parametrize(
    "then", [{"erased_at": {"S": "2026-11-22T15:30:00.000Z"}}, {"email": {"S": "augusta@example.com"}}]
)
def test_who_gave_up_an_address_while_it_was_looked_for_is_not_found(then: dict[str, Any]) -> None:
    client = cast("DynamoDB", Race({"id": {"S": CUSTOMER.id}}, {**attributes(CUSTOMER), **then}))
    assert CustomerStore(client, "customers").with_email("ada@example.com") == []


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
    lambda store: create(store, ADA),
    lambda store: store.read(CUSTOMER.id),
    lambda store: change(store, CUSTOMER, EVE),
    lambda store: erase(store, CUSTOMER),
    lambda store: store.page(EVERYBODY, 20, None),
    lambda store: store.history(CUSTOMER.id, 20, None),
    lambda store: store.with_email("ada@example.com"),
    lambda store: store.check(),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", ["AccessDeniedException", "ThrottlingException", "ResourceNotFoundException"])
def test_an_error_that_a_store_does_not_understand_passes_through(
    call: Callable[[CustomerStore], Any], error: str
) -> None:
    with pytest.raises(CallRefused) as failure:
        call(CustomerStore(refusing(error), "customers"))
    assert failure.value.code == error


@pytest.mark.parametrize("call", [CALLS[0], CALLS[2], CALLS[3]])
@pytest.mark.parametrize("reason", ["TransactionConflict", "ProvisionedThroughputExceeded", "ItemCollectionSizeLimit"])
def test_a_transaction_cancelled_for_another_reason_is_no_refusal(
    call: Callable[[CustomerStore], Any], reason: str
) -> None:
    for reasons in ((reason, "None"), ("None", reason)):
        with pytest.raises(CallRefused):
            call(CustomerStore(refusing("TransactionCanceledException", *reasons), "customers"))
