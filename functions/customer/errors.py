"""Problems of the customer service."""

from collections.abc import Sequence

from functions.shared.plain.problems import Problem


class CustomerNotFound(Problem):
    status = 404
    code = "customer_not_found"
    title = "No customer has this id"


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
