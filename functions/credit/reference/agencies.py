"""The agencies that a notice of adverse action names: data, with where it comes from."""

from pydantic import BaseModel

from functions.credit.reference.score_models import Bureau


class ReportingAgency(BaseModel):
    """A consumer reporting agency, as 15 USC 1681m(a)(3)(A) wants it named; the telephone number is toll-free."""

    name: str
    address: str
    telephone: str


# Where the agencies take requests for a report; check them before a notice goes out, as they change. Experian:
# https://www.experian.com/blogs/ask-experian/credit-education/report-basics/fair-credit-reporting-act-fcra/texas/
# Equifax and TransUnion: https://www.uscg.mil/legal/la/Legal_Assistance_Credit_Reports.asp, with the ZIP code that
# TransUnion gives now: https://www.transunion.com/customer-support/faqs/credit-disputes
AGENCIES: dict[Bureau, ReportingAgency] = {
    Bureau.EQUIFAX: ReportingAgency(
        name="Equifax Information Services LLC",
        address="P.O. Box 740241, Atlanta, GA 30374",
        telephone="+18006851111",
    ),
    Bureau.EXPERIAN: ReportingAgency(
        name="Experian",
        address="P.O. Box 2002, Allen, TX 75013",
        telephone="+18883973742",
    ),
    Bureau.TRANSUNION: ReportingAgency(
        name="TransUnion LLC",
        address="P.O. Box 1000, Chester, PA 19016",
        telephone="+18008884213",
    ),
}
