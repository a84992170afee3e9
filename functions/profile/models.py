"""A profile: what each service says of one customer, each part with a status of its own."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from functions.shared.problem_document import Problem


class ProfilePartStatus(StrEnum):
    """What came of asking one service."""

    OK = "ok"
    NOT_FOUND = "not_found"  # the service holds nothing of this customer
    ERASED = "erased"
    FROZEN = "frozen"  # a security freeze stops this purpose
    FORBIDDEN = "forbidden"  # the caller's token does not open this part
    REFUSED = "refused"  # any other refusal; the problem says why
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"  # it failed, or could not be reached
    TIMEOUT = "timeout"  # no answer before the profile's deadline
    INVALID_ANSWER = "invalid_answer"  # garbled, too large, or not what this service answers
    NOT_REGISTERED = "not_registered"  # the gateway has no such route now


class ProfilePart(BaseModel):
    """What one service says."""

    status: ProfilePartStatus
    http_status: Annotated[int | None, Field(description="Of the answer; null where there was none")] = None
    data: Annotated[dict[str, Any] | None, Field(description="A good answer, as the service gave it")] = None
    problem: Annotated[Problem | None, Field(description="The service's own; the gateway's refusals have none")] = None


class Profile(BaseModel):
    """What is known of a customer."""

    customer_id: str
    customer: ProfilePart
    credit: ProfilePart
    ssn: ProfilePart


class ProfileQuery(BaseModel, extra="forbid"):
    """For what the profile is read."""

    purpose: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="Judged and recorded by the Credit Score Service",
            examples=["account_review"],
        ),
    ]
