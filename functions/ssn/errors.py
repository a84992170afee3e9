"""Problems of the Social Security Service."""

from functions.shared.plain.problems import Problem


class ActorRequired(Problem):
    status = 400
    code = "actor_required"
    title = "The header Dossier-Actor is missing"

    def __init__(self) -> None:
        super().__init__("Send Dossier-Actor with the opaque id of the person who will see the number.")


class SsnNotFound(Problem):
    status = 404
    code = "ssn_not_found"
    title = "The customer has no social security number"

    def __init__(self) -> None:
        super().__init__("Store a number first, or check the customer id.")


class NoCustomerWithSsn(Problem):
    status = 404
    code = "no_customer_with_ssn"
    title = "No customer has this social security number"

    def __init__(self) -> None:
        super().__init__("Check the number. Store it if it belongs to a customer.")


class SsnAssigned(Problem):
    status = 409
    code = "ssn_assigned"
    title = "Another customer has this social security number"

    def __init__(self) -> None:
        super().__init__("Check the number. Erase it for the other customer before you store it for this one.")


class ConsentRevoked(Problem):
    status = 403
    code = "consent_revoked"
    title = "The number holder has revoked the consent"

    def __init__(self) -> None:
        super().__init__("Do not use the consent. Ask the number holder for a new one.")


class ConsentUsed(Problem):
    status = 409
    code = "consent_used"
    title = "The consent was already used"

    def __init__(self) -> None:
        super().__init__("A used consent cannot be revoked or used again. Ask the number holder for a new one.")


class SsnErased(Problem):
    status = 410
    code = "ssn_erased"
    title = "The customer's social security number was erased"

    def __init__(self) -> None:
        super().__init__("An erasure is final. Do not send requests for this customer's number again.")


class ConsentNotValid(Problem):
    status = 422
    code = "consent_not_valid"
    title = "The consent is too old"


class SsnUnreadable(Problem):
    status = 500
    code = "ssn_unreadable"
    title = "The stored number cannot be read"

    def __init__(self) -> None:
        super().__init__("Report the request id to the operator. Sending the request again does not help.")


class AuditNotRecorded(Problem):
    """No audit entry was written, so the service neither changed nor disclosed anything."""

    status = 503
    code = "audit_not_recorded"
    title = "The audit entry could not be written"


# Problems of every route that reads a customer's file, and of every route that also writes an audit entry.
READING = (SsnNotFound, SsnErased, SsnUnreadable)
AUDITED = (*READING, AuditNotRecorded)
