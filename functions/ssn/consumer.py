"""The consumer function: erasures of customers."""

from functions.shared.aws.consumer import Consumer
from functions.shared.aws.participation import participation
from functions.shared.plain.erasure import Erasure
from functions.ssn.environment import get_erasures


def erase(customer_id: str, erasure_id: str) -> Erasure:
    """Erase a customer's number and consents."""
    return get_erasures().erase(customer_id, erasure_id)


handler = Consumer("ssn", participation("ssn", erase)).handler()
