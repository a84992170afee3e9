"""The consumer function: confirmations of erasures."""

from functions.customer.erasure import Confirmer, StoredReceipt
from functions.customer.erasure_store import get_erasure_store
from functions.shared.aws.consumer import Consumer, Subscription
from functions.shared.aws.transactions import Item
from functions.shared.plain import log
from functions.shared.plain.erasure import ErasureConfirmed
from functions.shared.plain.events import Event
from functions.shared.plain.problems import Problem


def record_receipt(event: Event) -> dict[str, Item]:
    """Store the receipt of a service. Ignore one that is unknown, or from another source than the registered one."""
    confirmed = ErasureConfirmed.model_validate(event.data)
    receipt = StoredReceipt(confirmed_at=event.time, erased=confirmed.erased, retained=list(confirmed.retained))
    confirmer = Confirmer(member="source", id=event.source)
    try:
        get_erasure_store().confirm(event.subject, confirmed.service, confirmed.erasure_id, confirmer, receipt)
    except Problem as problem:
        log.logger.error("confirmation refused", extra={"fields": {"code": problem.code}})
    return {}


handler = Consumer("customer", {ErasureConfirmed.type: Subscription(record_receipt)}).handler()
