"""For what a credit score may be used: the permissible purposes of FCRA 604 (15 USC 1681b)."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a caller certifies, for this customer and each time; the paragraph of FCRA 604 stands beside each.

    https://www.law.cornell.edu/uscode/text/15/1681b
    """

    COURT_ORDER = "court_order"  # (a)(1): also a subpoena of a federal grand jury
    CONSUMER_INSTRUCTIONS = "consumer_instructions"  # (a)(2): in writing
    CREDIT_EXTENSION = "credit_extension"  # (a)(3)(A)
    CREDIT_REVIEW = "credit_review"  # (a)(3)(A)
    CREDIT_COLLECTION = "credit_collection"  # (a)(3)(A)
    EMPLOYMENT = "employment"  # (a)(3)(B): with written permission, (b)(2)
    INSURANCE_UNDERWRITING = "insurance_underwriting"  # (a)(3)(C)
    LICENSE_OR_BENEFIT = "license_or_benefit"  # (a)(3)(D): of a government
    RISK_VALUATION = "risk_valuation"  # (a)(3)(E): by an investor, servicer or current insurer
    CONSUMER_TRANSACTION = "consumer_transaction"  # (a)(3)(F)(i): business that the consumer initiated
    ACCOUNT_REVIEW = "account_review"  # (a)(3)(F)(ii): whether the terms of an account are still met
    GOVERNMENT_TRAVEL_CARD = "government_travel_card"  # (a)(3)(G): individually billed
    CHILD_SUPPORT = "child_support"  # (a)(4) and (5)
    RECEIVERSHIP = "receivership"  # (a)(6): FDIC or NCUA as conservator, receiver or liquidating agent
    PRESCREENING = "prescreening"  # (c): firm offers of credit or insurance
