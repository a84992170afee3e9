"""Texts of reason codes, with sources.

A code's meaning depends on bureau and model. The texts are in our own words. If you have a bureau's list by contract,
replace the texts with it and set `complete`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from functions.credit.reference.score_models import Bureau, ScoreModelName


class ReasonCodes(NamedTuple):
    """Reason codes of a model at one bureau.

    Attributes:
        texts: text of each code, by the code without leading zeros.
        inquiries: codes about inquiries. One of them permits a fifth code (15 USC 1681g(f)(9)).
        complete: whether the model has no other codes. Unknown codes of an incomplete list are accepted without a text.
    """

    texts: Mapping[str, str]
    inquiries: frozenset[str] = frozenset()
    complete: bool = False


# FICO's codes that have the same meaning at every bureau:
# https://www.creditinfocenter.com/risk-factor-reason-codes-what-they-mean-on-your-credit-report/
# https://crecreditservices.com/resources/education/fico-score-factor-codes/
_FICO_COMMON = {
    "1": "Too much is owed on accounts",
    "2": "Accounts are delinquent to a degree that counts",
    "5": "Too many accounts carry a balance",
    "6": "Too many accounts are with consumer finance companies",
    "7": "The payment history of accounts is too new to be rated",
    "8": "Too many inquiries were made in the last 12 months",
    "9": "Too many accounts were opened recently",
    "10": "Balances on bank revolving or other revolving accounts are too high for their limits",
    "11": "Too much is owed on revolving accounts",
    "12": "Revolving accounts have not been established for long",
    "13": "A delinquency is too recent, or its time is unknown",
    "14": "Accounts have not been established for long",
    "15": "Bank revolving accounts show too little recent information",
    "16": "Revolving accounts show too little recent information",
    "17": "No balance other than a mortgage's was reported recently",
    "18": "The number of accounts with a delinquency",
    "20": "A derogatory public record or a collection is too recent",
    "21": "The amount that is past due on accounts",
    "22": "A serious delinquency, a derogatory public record or a collection",
    "24": "No balance of a revolving account was reported recently",
    "28": "The number of established accounts",
    "29": "No balance of a bank card was reported recently",
    "30": "The newest account was opened too recently",
    "38": "A serious delinquency, and a public record or a collection",
    "39": "A serious delinquency",
    "40": "A derogatory public record or a collection",
}
# Codes of Equifax and Experian. Some have another meaning at TransUnion.
_FICO_NOT_TRANSUNION = {
    "3": "Too few bank revolving accounts",
    "4": "Too many bank or national revolving accounts",
    "19": "Too few accounts are paid as agreed now",
    "23": "The number of bank or national revolving accounts with a balance",
    "31": "Too few accounts have recent payment information",
    "32": "Installment loans show too little recent information",
    "33": "Loan balances are too high for the amounts that were lent",
    "34": "The amount that is owed on delinquent accounts",
    "36": "Open installment loans have not been established for long",
}
# Of auto and bankcard scores; published tables disagree on TransUnion's.
_FICO_INDUSTRY = {
    "25": "Installment loans have not been established for long",
    "26": "The number of revolving accounts",
    "98": "Auto loans show too little recent information",
    "99": "Consumer finance accounts show too little recent information",
}
_FICO_INDUSTRY_EXPERIAN = {
    "37": "Too many finance company accounts for the length of their history",
}
_FICO_TRANSUNION = {
    "3": "Loan balances are too high for the amounts that were lent",
    "4": "Installment loans show too little recent information",
    "19": "The last inquiry is too recent",
    "22T": "A serious delinquency, a derogatory public record or a collection",
    "27": "Too few accounts are paid as agreed now",
}
# Equifax's own list for FICO 5, 8 and 9 also has these, and Experian's uses the same numbers for most.
_FICO_LATER = {
    "53": "Too little of open mortgage loans is paid down",
    "55": "Too little of open installment loans is paid down",
    "58": "Balances of mortgages are too high for the amounts that were lent",
    "59": "Home equity lines of credit show too little recent information",
    "62": "Balances on home equity lines of credit are too high for their limits",
    "64": "Balances on home equity lines of credit are too large a part of all revolving balances",
    "65": "Bank or national revolving accounts have not been established for long",
    "67": "Open mortgage loans have not been established for long",
    "70": "Too much is owed on mortgage loans",
    "71": "Too many installment accounts were opened recently",
    "78": "Mortgage accounts have not been established for long",
    "79": "Mortgage loans show too little recent information",
    "81": "Accounts are delinquent too often",
    "85": "Too few accounts are active",
    "96": "Too many mortgage loans carry a balance",
}
_FICO_EQUIFAX = {
    "77": "Balances on revolving auto accounts are too high for the amounts that were lent",
}
# Experian's 43 and 56 are left out: published tables disagree.
_FICO_EXPERIAN = {
    "46": "Payments are due on accounts",
    "77": "Balances on auto accounts are too high for the amounts that were lent",
}
_FICO = {
    Bureau.EQUIFAX: {**_FICO_COMMON, **_FICO_NOT_TRANSUNION, **_FICO_LATER, **_FICO_EQUIFAX},
    Bureau.EXPERIAN: {**_FICO_COMMON, **_FICO_NOT_TRANSUNION, **_FICO_LATER, **_FICO_EXPERIAN},
    Bureau.TRANSUNION: {**_FICO_COMMON, **_FICO_TRANSUNION},
}
_FICO_OF_INDUSTRY = {
    Bureau.EQUIFAX: _FICO_INDUSTRY,
    Bureau.EXPERIAN: {**_FICO_INDUSTRY, **_FICO_INDUSTRY_EXPERIAN},
    Bureau.TRANSUNION: {},
}
_FICO_INQUIRIES = {
    Bureau.EQUIFAX: frozenset({"8"}),
    Bureau.EXPERIAN: frozenset({"8"}),
    Bureau.TRANSUNION: frozenset({"8", "19"}),
}
# The lists of later versions are not available.
_FICO_LISTED = {"5", "8", "9"}

# The whole list of VantageScore 3.0, the same at every bureau, as Experian published it in 2013 (a copy is at
# https://paperzz.com/doc/8274395/credit-report-score-factor-codes); single codes: https://www.reasoncode.org
_VANTAGESCORE_3 = {
    "4": "Balances are too high for the amounts that were lent",
    "5": "Too many of the delinquencies are recent",
    "6": "Too many accounts were opened recently",
    "7": "Too many accounts are delinquent or derogatory",
    "8": "There are too few loans, or too many with recent delinquencies",
    "9": "The worst payment status of an account is delinquent or derogatory",
    "10": "There are very few loans, or too many with delinquencies",
    "11": "Balances of delinquent or derogatory accounts are too high in total",
    "12": "The oldest account was opened too recently",
    "13": "The newest account is too new",
    "14": "The credit history is not sufficient",
    "15": "The newest delinquent or derogatory status is too recent",
    "16": "Balances of open accounts are too high in total",
    "17": "Balances of accounts that were once delinquent are too high for the amounts that were lent",
    "18": "Balances of accounts that were never late are too high for the amounts that were lent",
    "21": "No account is open",
    "22": "No account was reported recently",
    "23": "There is too little relevant information on accounts",
    "29": "Too many open bank card or revolving accounts carry a balance",
    "30": "Too few bank card or revolving accounts have a high limit",
    "31": "Too many bank card or revolving accounts were opened recently",
    "32": "Balances on bank card or revolving accounts are too high for their limits",
    "33": "The worst status of a bank card or revolving account is delinquent or derogatory",
    "34": "Balances of bank card or revolving accounts are too high in total",
    "35": "The highest balance of a bank card or revolving account is too high",
    "36": "The largest limit of an open bank card or revolving account is too low",
    "39": "Too little credit is available on open bank card or revolving accounts",
    "40": "The oldest bank card or revolving account was opened too recently",
    "42": "The newest bank card or revolving account was opened too recently",
    "43": "The credit history on bank card or revolving accounts is not sufficient",
    "44": "Too many bank card or revolving accounts are delinquent or derogatory",
    "45": "Balances of delinquent or derogatory bank card or revolving accounts are too high in total",
    "47": "No bank card or revolving account is open",
    "48": "No bank card or revolving account was reported recently",
    "49": "There is too little relevant information on bank card or revolving accounts",
    "53": "The worst status of a real estate account is delinquent or derogatory",
    "54": "Too little of open real estate accounts is paid down",
    "55": "Balances of open real estate accounts are too high for the amounts that were lent",
    "57": "Too many real estate accounts are delinquent or derogatory",
    "58": "Balances of open real estate accounts are too high in total",
    "61": "No real estate account is open",
    "62": "No real estate account was reported recently",
    "63": "There is too little relevant information on real estate accounts",
    "64": "No first mortgage is open",
    "65": "There is too little relevant information on first mortgages",
    "66": "Balances of open auto accounts are too high for the amounts that were lent",
    "68": "No auto account is open",
    "69": "There is too little relevant information on auto accounts",
    "71": "There are very few installment loans, or too many with delinquencies",
    "72": "Too many installment accounts are delinquent or derogatory",
    "73": "The worst status of an installment account is delinquent or derogatory",
    "74": "Too little of open installment accounts is paid down",
    "75": "The newest installment account is too new",
    "76": "The credit history on installment loans is not sufficient",
    "77": "The newest delinquent or derogatory status of an installment account is too recent",
    "78": "Balances of installment accounts are too high for the amounts that were lent",
    "79": "Too many of the delinquencies on installment accounts are recent",
    "81": "No installment account is open",
    "83": "There is too little relevant information on installment accounts",
    "84": "The number of inquiries was a factor too, though of little effect",
    "85": "There are too many inquiries",
    "86": "There are too many derogatory public records",
    "87": "There are too many unsatisfied public records",
    "88": "A derogatory public record is too recent",
    "90": "There are too few discharged bankruptcies",
    "93": "The worst status of a student loan is delinquent or derogatory",
    "94": "Too little of open student loans is paid down",
    "95": "Too many accounts with collection agencies are unpaid",
    "96": "Too much is owed on accounts with collection agencies",
    "97": "There are too few credit accounts",
    "98": "There is a bankruptcy",
}
_VANTAGESCORE_LISTS = {
    "3.0": ReasonCodes(_VANTAGESCORE_3, frozenset({"84", "85"}), complete=True),
    # The list of 4.0 is not available. Its numbers may have other meanings than those of 3.0.
    "4.0": ReasonCodes({}),
}


def reason_codes(bureau: Bureau, model: ScoreModelName, version: str) -> ReasonCodes:
    """Return the available codes of a model at a bureau."""
    if model is ScoreModelName.VANTAGESCORE:
        return _VANTAGESCORE_LISTS[version]
    texts = _FICO[bureau] | ({} if model is ScoreModelName.FICO else _FICO_OF_INDUSTRY[bureau])
    complete = bureau is Bureau.EQUIFAX and version in _FICO_LISTED
    return ReasonCodes(texts, _FICO_INQUIRIES[bureau], complete)


# Bureaus fill the rest of a list with this code. It has no meaning.
NO_REASON = "0"


def plain(code: str) -> str:
    """Return a code without leading zeros: bureaus write 8, 08 and 008."""
    return code.lstrip("0") or "0"
