"""What can be wrong with a request for a profile."""

from functions.shared.problems import Problem


class CustomerNotFound(Problem):
    status = 404
    code = "customer_not_found"
    title = "There is no such customer"
