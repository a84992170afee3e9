"""Problems of the credit service."""

from collections.abc import Iterable

from functions.shared.plain.problems import Problem


class CreditFileNotFound(Problem):
    status = 404
    code = "credit_file_not_found"
    title = "No credit file has this id"


class NoScoreRecorded(Problem):
    status = 404
    code = "no_score_recorded"
    title = "No matching score is recorded"


class InquiryNotFound(Problem):
    status = 404
    code = "inquiry_not_found"
    title = "No inquiry of this client has this id"


class FreezeNotFound(Problem):
    status = 404
    code = "freeze_not_found"
    title = "The credit file has no security freeze"


class NoticeIncomplete(Problem):
    status = 409
    code = "notice_incomplete"
    title = "The report lacks data for a notice"


class ReportExists(Problem):
    status = 409
    code = "report_exists"
    title = "An identical report is stored"

    def __init__(self, report_id: str) -> None:
        """Name the stored report."""
        super().__init__(f"Do not send the report again. It is stored as {report_id}.")


class CreditFileErased(Problem):
    status = 410
    code = "credit_file_erased"
    title = "The credit file was erased"

    def __init__(self) -> None:
        """Describe the erasure."""
        super().__init__("The customer was erased. An erasure is final.")


class FileFrozen(Problem):
    status = 423
    code = "file_frozen"
    title = "A security freeze blocks this purpose"

    def __init__(self, bureaus: Iterable[str]) -> None:
        """Name the bureaus at which the freeze is in force."""
        super().__init__(f"Frozen at {', '.join(bureaus)}. Only the consumer can lift the freeze.")


class InquiryNotRecorded(Problem):
    status = 503
    code = "inquiry_not_recorded"
    title = "The inquiry could not be recorded"
