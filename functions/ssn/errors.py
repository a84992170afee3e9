"""What can be wrong with a request for a social security number."""

from functions.shared.problems import Problem


class SsnNotFound(Problem):
    status = 404
    code = "ssn_not_found"
    title = "No social security number is stored for this customer"
