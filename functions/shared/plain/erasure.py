"""The erasure of a customer in all services: the result in one service, and the two events.

The customer service publishes `customer.erased`. Each participating service erases its data and publishes
`erasure.confirmed`, which becomes its receipt.
"""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.plain.clock import Timestamp
from functions.shared.plain.events import EventData


class Retained(BaseModel):
    """Data that a law obliges the service to keep after the erasure."""

    model_config = ConfigDict(frozen=True)

    what: Annotated[str, Field(description="The kind of data.", examples=["inquiries"])]
    why: Annotated[str, Field(description="The law that requires it.", examples=["12 CFR 1002.12(b)"])]
    until: Annotated[
        Timestamp | None,
        Field(description="When it is deleted; null if no date is fixed.", examples=["2028-12-31T23:59:59.999Z"]),
    ] = None


class Erasure(BaseModel):
    """Counts of erased items by kind, and the data that is retained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    erased: Annotated[dict[str, int], Field(description="Erased items by kind.", examples=[{"reports": 12}])]
    retained: tuple[Retained, ...] = ()


class CustomerErased(EventData):
    """Data of `customer.erased`: what a participant needs."""

    type: ClassVar[str] = "customer.erased"

    erasure_id: Annotated[
        str,
        Field(
            description="Id of the erasure; the confirmation repeats it.", examples=["era_01M81ZSH2FGSN7PEVEX7N32QYS"]
        ),
    ]


class ErasureConfirmed(EventData):
    """Data of `erasure.confirmed`: the result of an erasure in one service. A service without data confirms too."""

    type: ClassVar[str] = "erasure.confirmed"

    erasure_id: Annotated[str, Field(description="Id of the erasure.", examples=["era_01M81ZSH2FGSN7PEVEX7N32QYS"])]
    service: Annotated[str, Field(description="Service that has erased its data.", examples=["credit"])]
    erased: Annotated[dict[str, int], Field(description="Erased items by kind.", examples=[{"reports": 12}])]
    retained: Annotated[tuple[Retained, ...], Field(description="Data that a law obliges the service to keep.")] = ()
