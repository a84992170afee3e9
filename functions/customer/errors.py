"""What can be wrong with a request for a customer."""

from collections.abc import Sequence

from functions.shared.problems import Problem


class CustomerNotFound(Problem):
    status = 404
    code = "customer_not_found"
    title = "There is no such customer"


class EmailTaken(Problem):
    status = 409
    code = "email_taken"
    title = "Another customer has this e-mail address"


class IllegalStatusMove(Problem):
    status = 409
    code = "illegal_status_move"
    title = "The customer's status cannot move there"

    def __init__(self, current: str, allowed: Sequence[str]) -> None:
        """Say where the status is, and where it can move."""
        ways = f"can become {' or '.join(allowed)}" if allowed else "stays so"
        super().__init__(f"A customer that is {current} {ways}.")


class CustomerErased(Problem):
    status = 410
    code = "customer_erased"
    title = "The customer was erased"
