"""The consumer function: erasures of customers."""

from functions.credit.erase import get_eraser
from functions.shared.aws.consumer import Consumer
from functions.shared.aws.participation import participation
from functions.shared.plain.erasure import Erasure


def erase(customer_id: str, erasure_id: str) -> Erasure:
    """Erase a customer's credit file."""
    return get_eraser().erase(customer_id, erasure_id)


handler = Consumer("credit", participation("credit", erase)).handler()
