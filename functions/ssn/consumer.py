"""The consumer function: erasures of customers."""

from functions.shared.aws.consumer import Consumer
from functions.shared.aws.participation import participation
from functions.shared.plain.erasure import Erasure
from functions.ssn.audit import Requester
from functions.ssn.environment import get_service
from functions.ssn.errors import SsnErased, SsnNotFound


def erase(customer_id: str, erasure_id: str) -> Erasure:
    """Erase a customer's number."""
    requester = Requester(client_id="customer", request_id=erasure_id)
    try:
        get_service().erase(customer_id, requester, lambda _: None)
    except (SsnErased, SsnNotFound):
        return Erasure(erased={})
    return Erasure(erased={"numbers": 1})


handler = Consumer("ssn", participation("ssn", erase)).handler()
