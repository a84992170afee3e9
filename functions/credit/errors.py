"""What can be wrong with a request for a credit score."""

from functions.shared.problems import Problem


class CreditFileNotFound(Problem):
    status = 404
    code = "credit_file_not_found"
    title = "There is no such credit file"


class NoScoreRecorded(Problem):
    status = 404
    code = "no_score_recorded"
    title = "No such score is recorded for this customer"


class InquiryNotRecorded(Problem):
    status = 503
    code = "inquiry_not_recorded"
    title = "The inquiry could not be recorded, so the score is withheld"
