"""The consumer function: erasures of customers."""

from functions.credit.service import erase
from functions.shared.aws.consumer import Consumer
from functions.shared.aws.participation import participation
from functions.shared.plain.clock import now
from functions.shared.plain.erasure import Erasure


def erase_now(customer_id: str, erasure_id: str) -> Erasure:
    """Erase a customer's credit file."""
    return erase(customer_id, erasure_id, now())


handler = Consumer("credit", participation("credit", erase_now)).handler()
