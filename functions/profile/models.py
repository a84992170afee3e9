"""A profile: the response of each service about one customer, each part with its own status."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from functions.shared.plain.problem_document import Problem


class ProfilePartStatus(StrEnum):
    """Outcome of the request for one part.

    - `ok`: `data` contains the part.
    - `not_found`: the service has no data of this customer.
    - `erased`: the service erased its data of this customer.
    - `frozen`: a security freeze blocks the purpose.
    - `forbidden`: the caller's token lacks the scope of this part.
    - `refused`: the service refused the request for another reason, which `problem` contains.
    - `throttled`: too many requests, or a quota is used up.
    - `unavailable`: the service failed or could not be reached.
    - `timeout`: the service did not respond within the time of a profile.
    - `invalid_answer`: the response is malformed, too large, or contains an unmasked social security number.
    - `not_registered`: the gateway has no route of this service.
    """

    OK = "ok"
    NOT_FOUND = "not_found"
    ERASED = "erased"
    FROZEN = "frozen"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    INVALID_ANSWER = "invalid_answer"
    NOT_REGISTERED = "not_registered"


class ProfilePart(BaseModel):
    """The response of one service."""

    status: Annotated[ProfilePartStatus, Field(description="Outcome of the request for this part", examples=["ok"])]
    http_status: Annotated[
        int | None, Field(description="HTTP status of the response; null without a response", examples=[200])
    ] = None
    data: Annotated[
        dict[str, Any] | None,
        Field(
            description="Body of a successful response, unchanged; otherwise null",
            examples=[{"masked": "***-**-2046", "version": 1}],
        ),
    ] = None
    problem: Annotated[
        Problem | None, Field(description="Problem of the service; null for the gateway's own errors", examples=[None])
    ] = None


_CUSTOMER_ID = "cus_01M81ZSH2FGSN7PEVEX7N32QYS"


def _part(**data: Any) -> dict[str, Any]:
    return {"status": "ok", "http_status": 200, "data": data, "problem": None}


class Profile(BaseModel):
    """A customer's profile. Each part has its own status, so that one failure does not hide the others."""

    customer_id: Annotated[str, Field(description="Id of the customer", examples=[_CUSTOMER_ID])]
    customer: Annotated[
        ProfilePart,
        Field(
            description="Details from the Customer Service",
            examples=[_part(id=_CUSTOMER_ID, given_name="Ada", family_name="Lovelace", status="active", version=3)],
        ),
    ]
    credit: Annotated[
        ProfilePart,
        Field(
            description="Current score from the Credit Score Service",
            examples=[
                {
                    "status": "frozen",
                    "http_status": 423,
                    "data": None,
                    "problem": {
                        "type": "https://api.example.com/docs/problems#file_frozen",
                        "title": "A security freeze blocks this purpose",
                        "status": 423,
                        "code": "file_frozen",
                        "request_id": "JKJaXmPLvHcESHA=",
                    },
                }
            ],
        ),
    ]
    ssn: Annotated[
        ProfilePart,
        Field(
            description="Masked number from the Social Security Service",
            examples=[_part(customer_id=_CUSTOMER_ID, masked="***-**-2046")],
        ),
    ]


class ProfileQuery(BaseModel, extra="forbid"):
    """Query parameters of a profile."""

    purpose: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="Permissible purpose, which the Credit Score Service checks and records",
            examples=["account_review"],
        ),
    ]
