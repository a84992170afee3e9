"""Problems of the customer service."""

from collections.abc import Sequence

from functions.shared.plain.problems import Problem, gateway_url


class CustomerNotFound(Problem):
    status = 404
    code = "customer_not_found"
    title = "No customer has this id"


class ErasureNotFound(Problem):
    status = 404
    code = "erasure_not_found"
    title = "The customer has no such erasure"


class ReceiptRefused(Problem):
    status = 403
    code = "receipt_refused"
    title = "Another client confirms for this service"


class EmailTaken(Problem):
    status = 409
    code = "email_taken"
    title = "Another customer has this e-mail address"


class IllegalStatusMove(Problem):
    status = 409
    code = "illegal_status_move"
    title = "The status cannot change in this way"

    def __init__(self, current: str, allowed: Sequence[str]) -> None:
        """Name the current status and the statuses that can follow it."""
        detail = f"Send {' or '.join(allowed)}." if allowed else "This status is final."
        super().__init__(f"The customer is {current}. {detail}")


class CustomerErased(Problem):
    status = 410
    code = "customer_erased"
    title = "The customer was erased"

    def __init__(self, customer_id: str) -> None:
        """Link to the erasure."""
        link = f"{gateway_url()}/v1/customers/{customer_id}/erasure"
        super().__init__("Its erasure is at the URL in the header Link.", headers={"Link": f'<{link}>; rel="status"'})


class ParticipantsUnavailable(Problem):
    status = 503
    code = "participants_unavailable"
    title = "The services that must confirm cannot be read"
