"""Permissible purposes, and their rules for freezes, hard inquiries and retention, with sources."""

from enum import StrEnum
from typing import NamedTuple

from functions.credit.times import APPLICATION_LAW, Period


class CreditPurpose(StrEnum):
    """Permissible purpose (FCRA 604, https://www.law.cornell.edu/uscode/text/15/1681b).

    The client certifies it for each request.
    """

    COURT_ORDER = "court_order"  # (a)(1): also a subpoena, of a federal grand jury and others
    CONSUMER_INSTRUCTIONS = "consumer_instructions"  # (a)(2): in writing
    CONSUMER_COPY = "consumer_copy"  # (a)(2): for the consumer, also by a monitoring service the consumer subscribes to
    CREDIT_EXTENSION = "credit_extension"  # (a)(3)(A)
    CREDIT_REVIEW = "credit_review"  # (a)(3)(A)
    CREDIT_COLLECTION = "credit_collection"  # (a)(3)(A)
    EMPLOYMENT = "employment"  # (a)(3)(B): with written permission, (b)(2)
    INSURANCE_UNDERWRITING = "insurance_underwriting"  # (a)(3)(C)
    LICENSE_OR_BENEFIT = "license_or_benefit"  # (a)(3)(D): of a government
    RISK_VALUATION = "risk_valuation"  # (a)(3)(E): by an investor, servicer or current insurer
    CONSUMER_TRANSACTION = "consumer_transaction"  # (a)(3)(F)(i): business that the consumer initiated
    TENANT_SCREENING = "tenant_screening"  # (a)(3)(F)(i): of one who applies for a home
    ACCOUNT_REVIEW = "account_review"  # (a)(3)(F)(ii): whether the terms of an account are still met
    GOVERNMENT_TRAVEL_CARD = "government_travel_card"  # (a)(3)(G): individually billed
    CHILD_SUPPORT = "child_support"  # (a)(4) and (5)
    RECEIVERSHIP = "receivership"  # (a)(6): FDIC or NCUA as conservator, receiver or liquidating agent
    PRESCREENING = "prescreening"  # (c): firm offers of credit or insurance


class Rules(NamedTuple):
    """Rules of a purpose.

    Attributes:
        freeze_exception: paragraph of 15 USC 1681c-1(i)(4) that excepts it from freezes; None if there is none.
        hard: whether its inquiries may be hard.
        kept: period in which its inquiries are kept and listed.
    """

    freeze_exception: str | None
    hard: bool
    kept: Period


# 12 CFR 1002.12(b): records of a credit application are kept for 25 months after the notice to the applicant. Notice of
# a counteroffer is due 30 days after the application, and notice of a refusal 90 days later (12 CFR 1002.9(a)(1)).
_APPLICATION = Period(months=25, days=30 + 90)
# 15 USC 1681g(a)(3)(A): a consumer may see the inquiries of two years for employment, and of one year otherwise.
_EMPLOYMENT = Period(months=24)
_OTHER = Period(months=12)
# Law that requires the service to keep inquiries for a period.
LAWS = {_APPLICATION: APPLICATION_LAW, _EMPLOYMENT: "15 USC 1681g(a)(3)(A)(i)", _OTHER: "15 USC 1681g(a)(3)(A)(ii)"}

# A purpose passes a freeze only if every client that may certify it is excepted by
# https://www.law.cornell.edu/uscode/text/15/1681c-1 (i)(4). These do not pass: CONSUMER_INSTRUCTIONS, as they may be to
# a lender; RISK_VALUATION, as (A) excepts prospective assignees, but not investors and insurers; LICENSE_OR_BENEFIT, as
# (D) excepts federal agencies and States, but not local authorities. COURT_ORDER is for requests of the court itself.
# Others can see hard inquiries. 15 USC 1681b(c)(3) forbids to show them inquiries for credit or insurance that the
# consumer did not initiate. By custom, inquiries for employment and insurance are soft:
# https://www.consumerfinance.gov/ask-cfpb/whats-a-credit-inquiry-en-1317/
RULES: dict[CreditPurpose, Rules] = {
    CreditPurpose.COURT_ORDER: Rules("(B)", hard=False, kept=_OTHER),
    CreditPurpose.CONSUMER_INSTRUCTIONS: Rules(None, hard=False, kept=_APPLICATION),
    CreditPurpose.CONSUMER_COPY: Rules("(F) and (G)", hard=False, kept=_OTHER),
    CreditPurpose.CREDIT_EXTENSION: Rules(None, hard=True, kept=_APPLICATION),
    CreditPurpose.CREDIT_REVIEW: Rules("(A)", hard=False, kept=_APPLICATION),
    CreditPurpose.CREDIT_COLLECTION: Rules("(A)", hard=False, kept=_APPLICATION),
    CreditPurpose.EMPLOYMENT: Rules("(I)", hard=False, kept=_EMPLOYMENT),
    CreditPurpose.INSURANCE_UNDERWRITING: Rules("(H)", hard=False, kept=_OTHER),
    CreditPurpose.LICENSE_OR_BENEFIT: Rules(None, hard=False, kept=_OTHER),
    CreditPurpose.RISK_VALUATION: Rules(None, hard=False, kept=_OTHER),
    CreditPurpose.CONSUMER_TRANSACTION: Rules(None, hard=True, kept=_APPLICATION),
    CreditPurpose.TENANT_SCREENING: Rules("(I)", hard=True, kept=_OTHER),
    CreditPurpose.ACCOUNT_REVIEW: Rules("(A)", hard=False, kept=_APPLICATION),
    CreditPurpose.GOVERNMENT_TRAVEL_CARD: Rules("(D)", hard=False, kept=_OTHER),
    CreditPurpose.CHILD_SUPPORT: Rules("(C)", hard=False, kept=_OTHER),
    CreditPurpose.RECEIVERSHIP: Rules("(D)", hard=False, kept=_OTHER),
    CreditPurpose.PRESCREENING: Rules("(E)", hard=False, kept=_APPLICATION),
}
# By custom, a hard inquiry is listed for two years: https://www.experian.com/blogs/ask-experian/how-long-do-hard-inquiries-stay-on-your-credit-report/
HARD_KEPT = _EMPLOYMENT
