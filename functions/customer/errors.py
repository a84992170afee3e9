"""What can be wrong with a request for a customer."""

from functions.shared.problems import Problem


class CustomerNotFound(Problem):
    status = 404
    code = "customer_not_found"
    title = "There is no such customer"


class EmailTaken(Problem):
    status = 409
    code = "email_taken"
    title = "Another customer has this e-mail address"


class CustomerErased(Problem):
    status = 410
    code = "customer_erased"
    title = "The customer was erased"
