"""The function that a schedule calls: it logs the number of overdue erasures, from which a metric is made."""

from typing import Any

from functions.customer.erasure_store import get_erasure_store
from functions.shared.plain import deadline, log
from functions.shared.plain.clock import now
from functions.shared.plain.start_up import end_start_up


def handler(event: dict[str, Any], context: object) -> None:
    """Log the number of overdue erasures."""
    del event
    log.start_request(service="customer", function="overdue")
    with deadline.within(context):
        count = get_erasure_store().overdue(now())
    report = log.logger.error if count else log.logger.info
    report("erasures overdue", extra={"fields": {"count": count}})


end_start_up(get_erasure_store)
