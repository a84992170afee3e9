"""Events between services: CloudEvents 1.0 envelopes (https://github.com/cloudevents/spec) with versioned data.

An event contains ids, but no personal data, score or number. Its identity is `source` and `id`, the same in each
delivery. Consumers ignore unknown members and unknown types.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import new_id
from functions.shared.plain.tracing import current_trace


class EventData(BaseModel):
    """Data of an event type. A change that a consumer could misunderstand increases `version`.

    Attributes:
        type: name of the event type, such as `customer.erased`.
        version: version of the data's schema.
    """

    model_config = ConfigDict(frozen=True)

    type: ClassVar[str]
    version: ClassVar[int] = 1


class Event(BaseModel):
    """Envelope of an event, with the names of CloudEvents 1.0."""

    model_config = ConfigDict(frozen=True)

    specversion: Annotated[Literal["1.0"], Field(description="Version of CloudEvents.")] = "1.0"
    id: Annotated[str, Field(description="Id of the event; unique for its source.")]
    source: Annotated[str, Field(description="Service that published the event.", examples=["/dossier/dev/customer"])]
    type: Annotated[str, Field(description="Type of the event.", examples=["customer.erased"])]
    subject: Annotated[str, Field(description="Id of the customer.", examples=["cus_01M81ZSH2FGSN7PEVEX7N32QYS"])]
    time: Annotated[Timestamp, Field(description="Time of the change.")]
    dataschema: Annotated[str, Field(description="Name of the schema of `data`, with its version.")]
    traceparent: Annotated[str | None, Field(description="W3C trace of the request that made the change.")] = None
    data: Annotated[dict[str, Any], Field(description="Data of the type.")]

    @classmethod
    def of(cls, data: EventData, source: str, subject: str, at: datetime) -> Self:
        """Return a new event in the current trace.

        Args:
            data: data of the event's type.
            source: source of the publishing service.
            subject: id of the customer.
            at: time of the change.
        """
        return cls(
            id=new_id("evt", at),
            source=source,
            type=data.type,
            subject=subject,
            time=at,
            dataschema=f"urn:dossier:event:{data.type}:{data.version}",
            traceparent=current_trace(),
            data=data.model_dump(mode="json", exclude_none=True),
        )
