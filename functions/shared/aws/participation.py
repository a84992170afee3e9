"""Participation of a service in the erasure of customers."""

from collections.abc import Callable

from functions.shared.aws.consumer import Subscription
from functions.shared.aws.outbox import get_outbox
from functions.shared.aws.transactions import Item
from functions.shared.plain.clock import now
from functions.shared.plain.erasure import CustomerErased, Erasure, ErasureConfirmed
from functions.shared.plain.events import Event

Erase = Callable[[str, str], Erasure]


def participation(service: str, erase: Erase) -> dict[str, Subscription]:
    """Return the subscription that erases a service's data of a customer and confirms it.

    Args:
        service: name of the service, as in its registration for erasures.
        erase: erases the data of a customer id for an erasure id. It can be called again for the same erasure.
    """

    def confirmed(event: Event) -> dict[str, Item]:
        erasure_id = CustomerErased.model_validate(event.data).erasure_id
        result = erase(event.subject, erasure_id)
        confirmation = ErasureConfirmed(
            erasure_id=erasure_id, service=service, erased=result.erased, retained=result.retained
        )
        return {"confirmation": get_outbox().publish(confirmation, event.subject, now())}

    return {CustomerErased.type: Subscription(confirmed, publisher="customer")}
