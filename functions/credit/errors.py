"""What can be wrong with a request for a credit score."""

from collections.abc import Iterable

from functions.shared.problems import Problem


class CreditFileNotFound(Problem):
    status = 404
    code = "credit_file_not_found"
    title = "There is no such credit file"


class NoScoreRecorded(Problem):
    status = 404
    code = "no_score_recorded"
    title = "No such score is recorded for this customer"


class InquiryNotFound(Problem):
    status = 404
    code = "inquiry_not_found"
    title = "This client has made no such inquiry, or it has expired"


class FreezeNotFound(Problem):
    status = 404
    code = "freeze_not_found"
    title = "There is no security freeze on this credit file"


class NoticeIncomplete(Problem):
    status = 409
    code = "notice_incomplete"
    title = "What is recorded does not make a complete notice"


class CreditFileErased(Problem):
    status = 410
    code = "credit_file_erased"
    title = "The customer was erased, and the credit file with it"


class FileFrozen(Problem):
    status = 423
    code = "file_frozen"
    title = "A security freeze stops this purpose"

    def __init__(self, bureaus: Iterable[str]) -> None:
        """Name the bureaus whose freeze stops it."""
        super().__init__(f"Frozen at {', '.join(bureaus)}. The consumer alone can lift the freeze.")


class InquiryNotRecorded(Problem):
    status = 503
    code = "inquiry_not_recorded"
    title = "The inquiry could not be recorded, so the score is withheld"
