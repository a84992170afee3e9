"""For what a credit score may be used, and what hangs on that: freezes, kinds of inquiries, how long they are kept."""

from enum import StrEnum
from typing import NamedTuple

from functions.credit.times import Period


class CreditPurpose(StrEnum):
    """What a caller certifies, for this customer and each time; the paragraph of FCRA 604 stands beside each.

    https://www.law.cornell.edu/uscode/text/15/1681b
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
    """What hangs on a purpose.

    Attributes:
        freeze_exception: the paragraph of 15 USC 1681c-1(i)(4) that lets it pass a freeze, or None.
        hard: whether its inquiries may be hard.
        kept: for how long its inquiries are kept, and shown.
    """

    freeze_exception: str | None
    hard: bool
    kept: Period


# 12 CFR 1002.12(b): what was used to judge an application for credit is kept for 25 months after the applicant is told.
# The applicant may be told of a counteroffer 30 days after applying, and of the refusal 90 days later (12 CFR
# 1002.9(a)(1)).
_APPLICATION = Period(months=25, days=30 + 90)
# 15 USC 1681g(a)(3)(A): a consumer may learn who asked within two years for employment, within one for anything else.
_EMPLOYMENT = Period(months=24)
_OTHER = Period(months=12)

# A purpose passes a freeze only where everybody who may certify it is excepted by
# https://www.law.cornell.edu/uscode/text/15/1681c-1 (i)(4). So the investors and insurers of RISK_VALUATION do not
# pass, though a prospective assignee alone would (A), nor do a consumer's instructions to a lender, nor the local
# authorities of LICENSE_OR_BENEFIT: (D) excepts a federal agency or a State. COURT_ORDER is what the court itself asks.
# Hard is what the consumer initiated and what others may be shown: 15 USC 1681b(c)(3) forbids to show them inquiries
# for credit or insurance that the consumer did not initiate; by custom those for employment and insurance are soft:
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
# By custom a hard inquiry is shown for two years: https://www.experian.com/blogs/ask-experian/how-long-do-hard-inquiries-stay-on-your-credit-report/
HARD_KEPT = _EMPLOYMENT
