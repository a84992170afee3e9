"""Problems of the profile service."""

from functions.shared.plain.problems import Problem


class CustomerNotFound(Problem):
    status = 404
    code = "customer_not_found"
    title = "No customer has this id"
