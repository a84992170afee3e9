"""The result of an erasure in one service, which its receipt contains."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.plain.clock import Timestamp


class Retained(BaseModel):
    """Data that a law obliges the service to keep after the erasure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Annotated[str, Field(description="The kind of data.", examples=["inquiries"])]
    why: Annotated[str, Field(description="The law that requires it.", examples=["12 CFR 1002.12(b)"])]
    until: Annotated[Timestamp | None, Field(description="When it is deleted; null if no date is fixed.")] = None


class Erasure(BaseModel):
    """Counts of erased items by kind, and the data that is retained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    erased: Annotated[dict[str, int], Field(description="Erased items by kind.", examples=[{"reports": 12}])]
    retained: tuple[Retained, ...] = ()
