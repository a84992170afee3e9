"""What can be wrong with a request for a social security number."""

from functions.shared.problems import Problem


class ActorRequired(Problem):
    status = 400
    code = "actor_required"
    title = "The request needs Dossier-Actor"


class SsnNotFound(Problem):
    status = 404
    code = "ssn_not_found"
    title = "No social security number is stored for this customer"


class NoCustomerWithSsn(Problem):
    status = 404
    code = "no_customer_with_ssn"
    title = "No customer has this social security number"


class SsnAssigned(Problem):
    status = 409
    code = "ssn_assigned"
    title = "Another customer has this social security number"


class ConsentUsed(Problem):
    status = 409
    code = "consent_used"
    title = "The consent was used before"


class SsnErased(Problem):
    status = 410
    code = "ssn_erased"
    title = "The customer's social security number was erased"


class ConsentNotValid(Problem):
    status = 422
    code = "consent_not_valid"
    title = "The consent is not valid now"


class QuotaExceeded(Problem):
    status = 429
    code = "quota_exceeded"
    title = "The quota of this operation is used up"


class SsnUnreadable(Problem):
    """What is stored is not what was stored here: changed, cut, moved from elsewhere, or without its keys."""

    status = 500
    code = "ssn_unreadable"
    title = "What is stored of this number cannot be read"


class AuditNotRecorded(Problem):
    status = 503
    code = "audit_not_recorded"
    title = "The audit entry could not be recorded, so nothing was done or told"
