"""Agencies that an adverse-action notice names, with sources."""

from pydantic import BaseModel, Field

from functions.credit import examples
from functions.credit.reference.score_models import Bureau


class ReportingAgency(BaseModel):
    """Consumer reporting agency, with the facts that 15 USC 1681m(a)(3)(A) requires."""

    name: str = Field(description="Name of the agency", examples=[examples.AGENCY["name"]])
    address: str = Field(description="Postal address", examples=[examples.AGENCY["address"]])
    telephone: str = Field(description="Toll-free telephone number", examples=[examples.AGENCY["telephone"]])


# Addresses for requests of a report. They change: check them before you send a notice. Experian:
# https://www.experian.com/blogs/ask-experian/credit-education/report-basics/fair-credit-reporting-act-fcra/texas/
# Equifax and TransUnion: https://www.uscg.mil/legal/la/Legal_Assistance_Credit_Reports.asp, with TransUnion's
# current ZIP code: https://www.transunion.com/customer-support/faqs/credit-disputes
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
