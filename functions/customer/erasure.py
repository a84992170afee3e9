"""The erasure of a customer in all services: its participants, and one receipt of each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from functions.customer.errors import ErasureNotFound, ReceiptRefused
from functions.shared.plain.clock import Timestamp, UtcTime
from functions.shared.plain.erasure import Retained
from functions.shared.plain.ids import new_id
from functions.shared.plain.values import Form, RequestBody
from functions.shared.requests.caller import Caller
from functions.shared.requests.pages import Page, PageQuery

CONFIRM_WITHIN = timedelta(minutes=15)
Kind = Annotated[str, Form(r"^[a-z][a-z0-9_]{0,49}$", "Send a kind in snake_case, such as reports")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_ID = {"description": "Id of the erasure", "examples": ["era_01M81ZSH2FGSN7PEVEX7N32QYS"]}
_ERASED: dict[str, Any] = {"description": "Number of erased items by kind", "examples": [{"reports": 12}]}


class ErasureState(StrEnum):
    """Progress of an erasure."""

    PENDING = "pending"
    COMPLETE = "complete"
    OVERDUE = "overdue"


class Participant(BaseModel):
    """Registration of a service for erasures: who may confirm for it. Without either, nobody can.

    Attributes:
        source: source of the service's events.
        client_id: client of a service without AWS credentials.
    """

    source: str | None = None
    client_id: str | None = None


class StoredReceipt(BaseModel):
    """Confirmation of one service, as it is stored."""

    confirmed_at: Timestamp
    erased: dict[str, int]
    retained: list[Retained] = []


class ErasureReceipt(BaseModel):
    """Receipt of one service. Its members are null until the service confirms."""

    service: Annotated[str, Field(description="Name of the service", examples=["credit"])]
    confirmed_at: Annotated[
        Timestamp | None, Field(description="Time of the confirmation (UTC)", examples=["2026-11-28T09:30:02.000Z"])
    ] = None
    erased: Annotated[dict[str, int] | None, Field(**_ERASED)] = None
    retained: Annotated[
        list[Retained] | None,
        Field(
            description="Data that a law obliges the service to keep",
            examples=[[{"what": "inquiries", "why": "12 CFR 1002.12(b)", "until": "2028-12-31T23:59:59.999Z"}]],
        ),
    ] = None


class CustomerErasure(BaseModel):
    """Erasure of a customer in all services."""

    erasure_id: Annotated[str, Field(**_ID)]
    customer_id: Annotated[str, Field(description="Id of the customer", examples=["cus_01M81ZSH2FGSN7PEVEX7N32QYS"])]
    status: Annotated[
        ErasureState,
        Field(
            description="`complete` if each service has confirmed, `overdue` if one has not by `confirm_by`",
            examples=["complete"],
        ),
    ]
    requested_at: Annotated[Timestamp, Field(description="Time of the request", examples=["2026-11-28T09:30:00.000Z"])]
    requested_by: Annotated[Caller, Field(description="Client, and person that it acted for")]
    confirm_by: Annotated[
        Timestamp, Field(description="Time by which services confirm", examples=["2026-11-28T09:45:00.000Z"])
    ]
    receipts: Annotated[
        list[ErasureReceipt], Field(description="One receipt of each service that was registered at the request")
    ]


class CustomerErasurePage(Page[CustomerErasure]):
    """A page of erasures, earliest `confirm_by` first."""


class OpenState(StrEnum):
    """Progress of an erasure that is not complete."""

    PENDING = "pending"
    OVERDUE = "overdue"


class ErasureQuery(PageQuery):
    """Query parameters of the list of erasures."""

    status: Annotated[OpenState, Field(description="Progress of the listed erasures", examples=["overdue"])]


class RetainedData(RequestBody):
    """Data that a law obliges a service to keep."""

    what: Annotated[Line, Field(description="Kind of data", examples=["invoices"])]
    why: Annotated[Line, Field(description="Law that requires it", examples=["12 CFR 1002.12(b)"])]
    until: Annotated[
        UtcTime | None, Field(description="Time of its deletion; null if no date is fixed", examples=[None])
    ] = None


class Confirmation(RequestBody):
    """Confirmation of a service without AWS credentials."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "erasure_id": "era_01M81ZSH2FGSN7PEVEX7N32QYS",
                    "erased": {"notes": 3},
                    "retained": [{"what": "invoices", "why": "26 USC 6001", "until": "2033-12-31T23:59:59.999Z"}],
                }
            ]
        }
    )

    erasure_id: Annotated[str, StringConstraints(max_length=64), Field(**_ID)]
    erased: Annotated[dict[Kind, Annotated[int, Field(ge=0)]], Field(max_length=50, **_ERASED)]
    retained: Annotated[
        list[RetainedData],
        Field(default_factory=list, max_length=20, description="Data that is kept", examples=[[]]),
    ]

    def receipt(self, at: datetime) -> StoredReceipt:
        """Return the receipt of a confirmation at this time."""
        return StoredReceipt(
            confirmed_at=at, erased=self.erased, retained=[Retained(**dict(each)) for each in self.retained]
        )


class Confirmer(BaseModel):
    """Sender of a confirmation: an event source, or a client.

    Attributes:
        member: member of `Participant` that must be equal.
        id: its value.
    """

    member: str
    id: str


class ErasureRecord(BaseModel):
    """Erasure as the tombstone contains it.

    Attributes:
        participants: services that must confirm, by name. The list is that of the request's time.
        receipts: of the services that have confirmed.
    """

    erasure_id: str
    customer_id: str
    requested_at: Timestamp
    requested_by: Caller
    participants: dict[str, Participant]
    receipts: dict[str, StoredReceipt] = {}

    @classmethod
    def request(cls, customer_id: str, caller: Caller, at: datetime, participants: Mapping[str, Participant]) -> Self:
        """Return a new erasure."""
        return cls(
            erasure_id=new_id("era", at),
            customer_id=customer_id,
            requested_at=at,
            requested_by=caller,
            participants=dict(participants),
        )

    @property
    def confirm_by(self) -> datetime:
        """Time by which each participant confirms."""
        return self.requested_at + CONFIRM_WITHIN

    @property
    def complete(self) -> bool:
        """True if each participant has confirmed."""
        return self.participants.keys() <= self.receipts.keys()

    def shown(self, at: datetime) -> CustomerErasure:
        """Return the erasure as clients see it at this time."""
        late = ErasureState.OVERDUE if at > self.confirm_by else ErasureState.PENDING
        return CustomerErasure(
            **self.model_dump(include={"erasure_id", "customer_id", "requested_at", "requested_by"}),
            status=ErasureState.COMPLETE if self.complete else late,
            confirm_by=self.confirm_by,
            receipts=[
                ErasureReceipt(service=service, **(dict(self.receipts[service]) if service in self.receipts else {}))
                for service in sorted(self.participants)
            ],
        )

    def require(self, erasure_id: str, service: str, confirmer: Confirmer) -> None:
        """Require that a confirmation is of this erasure, and from whom the service's registration names.

        Raises:
            ErasureNotFound: it is of another erasure, or the service need not confirm.
            ReceiptRefused: the registration names somebody else.
        """
        if erasure_id != self.erasure_id or service not in self.participants:
            raise ErasureNotFound("Send the erasure_id of this customer's erasure, and a service that must confirm it.")
        if getattr(self.participants[service], confirmer.member) != confirmer.id:
            raise ReceiptRefused("Confirm with the client that the service's registration names.")
