"""Security freezes of a consumer at the credit bureaus (15 USC 1681c-1(i))."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from functions.credit import examples
from functions.credit.reference.score_models import Bureau
from functions.shared.plain.clock import Timestamp, UtcTime
from functions.shared.plain.json_schema import all_null, not_null
from functions.shared.plain.problems import BODY_DETAIL, InvalidRequest
from functions.shared.plain.values import SET_BY_THE_SERVICE, RequestBody, changed_members, member_error

MAX_LIFTS = 10
# Clients may send a member that GET returned. It is compared with the stored value, so any type is accepted.
ReadOnlyTime = Annotated[Any, WithJsonSchema({"type": "string", "format": "date-time", "readOnly": True})]
_READ_ONLY = dict.fromkeys(("customer_id", "updated_at", "version"), SET_BY_THE_SERVICE)
_READ_ONLY_AT_A_BUREAU = {"placed_at": SET_BY_THE_SERVICE}
ORDER = "Send an end after the start"


def _in_order(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and end <= start:
        raise member_error("end", "order", ORDER)


class FreezeLift(RequestBody):
    """Period in which a freeze blocks nothing."""

    start: UtcTime = Field(description="Start of the period", examples=[examples.LIFT["start"]])
    end: UtcTime = Field(description="End of the period, exclusive", examples=[examples.LIFT["end"]])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _in_order(self.start, self.end)
        return self


class FreezeTerms(RequestBody):
    """Terms of a freeze. An empty object starts a freeze now, or continues the one that is in force."""

    start: UtcTime | None = Field(
        default=None,
        description="Start of the freeze; without it, now or the start of the freeze that is in force",
        examples=[examples.PLACED["start"]],
    )
    end: UtcTime | None = Field(
        default=None,
        description="End of the freeze, exclusive; without it, the freeze is in force until it is lifted",
        examples=["2027-02-01T00:00:00.000Z"],
    )
    lifts: list[FreezeLift] = Field(
        default=[],
        max_length=MAX_LIFTS,
        description="Periods in which the freeze blocks nothing",
        examples=[[examples.LIFT]],
    )
    placed_at: ReadOnlyTime = Field(
        default=None,
        description="Set by the service; may be sent back as GET returned it",
        examples=[examples.PLACED["placed_at"]],
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _in_order(self.start, self.end)
        return self


class NewFreeze(RequestBody):
    """Security freeze. Send either `all` or one bureau or more; other bureaus are not frozen."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": not_null("all", "object"),
            "then": all_null(*Bureau),
            "else": {"not": all_null(*Bureau)},
            "examples": [examples.FREEZE_OF_ALL, examples.FREEZE_OF_ONE],
        }
    )

    all: FreezeTerms | None = Field(default=None, description="Terms at all three bureaus", examples=[{}])
    equifax: FreezeTerms | None = Field(default=None, description="Terms at Equifax", examples=[{}])
    experian: FreezeTerms | None = Field(default=None, description="Terms at Experian", examples=[{}])
    transunion: FreezeTerms | None = Field(default=None, description="Terms at TransUnion", examples=[{}])
    customer_id: Annotated[Any, WithJsonSchema({"type": "string", "readOnly": True})] = Field(
        default=None,
        description="Set by the service; may be sent back as GET returned it",
        examples=[examples.CUSTOMER_ID],
    )
    updated_at: ReadOnlyTime = Field(
        default=None,
        description="Set by the service; may be sent back as GET returned it",
        examples=[examples.FREEZE["updated_at"]],
    )
    version: Annotated[Any, WithJsonSchema({"type": "integer", "readOnly": True})] = Field(
        default=None, description="Set by the service; may be sent back as GET returned it", examples=[1]
    )

    @model_validator(mode="after")
    def _all_or_some(self) -> Self:
        named = [bureau for bureau in Bureau if getattr(self, bureau) is not None]
        if (self.all is None) == (not named):
            raise member_error(named[0] if named else "all", "bureaus", "Send either all, or one bureau or more")
        return self

    def terms(self, bureau: Bureau) -> FreezeTerms | None:
        """Return the terms at a bureau; None if it is not frozen."""
        terms: FreezeTerms | None = getattr(self, bureau)
        return self.all or terms


class PlacedFreeze(BaseModel):
    """Freeze at one bureau."""

    start: Timestamp = Field(description="Start of the freeze", examples=[examples.PLACED["start"]])
    end: Timestamp | None = Field(
        default=None,
        description="End of the freeze, exclusive; null if it is in force until it is lifted",
        examples=["2027-02-01T00:00:00.000Z"],
    )
    lifts: list[FreezeLift] = Field(
        default=[], description="Periods in which the freeze blocks nothing", examples=[[examples.LIFT]]
    )
    placed_at: Timestamp = Field(
        description="Time at which the freeze was placed; a replacement of a freeze in force keeps it",
        examples=[examples.PLACED["placed_at"]],
    )

    @classmethod
    def of(cls, terms: FreezeTerms, before: Self | None, at: datetime) -> Self:
        """Return the freeze with new terms. A freeze that is in force, lifted or not, keeps its start and time."""
        replaced = before if before and before.in_force(at) else None
        return cls(
            start=terms.start or (replaced.start if replaced else at),
            end=terms.end,
            lifts=terms.lifts,
            placed_at=replaced.placed_at if replaced else at,
        )

    def in_force(self, at: datetime) -> bool:
        """Return whether the freeze has started and not ended."""
        return self.start <= at and (self.end is None or at < self.end)

    def blocks(self, at: datetime) -> bool:
        """Return whether the freeze is in force, without a lift."""
        return self.in_force(at) and not any(lift.start <= at < lift.end for lift in self.lifts)


class SecurityFreeze(BaseModel):
    """Security freeze of a credit file, with a member for each bureau."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FREEZE]})

    customer_id: str = Field(description="Id of the customer", examples=[examples.CUSTOMER_ID])
    equifax: PlacedFreeze | None = Field(
        default=None, description="Freeze at Equifax; null without one", examples=[examples.PLACED]
    )
    experian: PlacedFreeze | None = Field(
        default=None, description="Freeze at Experian; null without one", examples=[examples.PLACED]
    )
    transunion: PlacedFreeze | None = Field(
        default=None, description="Freeze at TransUnion; null without one", examples=[examples.PLACED]
    )
    updated_at: Timestamp = Field(description="Time of the last change", examples=[examples.FREEZE["updated_at"]])
    version: int = Field(description="Version of the freeze, as ETag contains it", examples=[1])

    @classmethod
    def place(cls, customer_id: str, new: NewFreeze, before: Self | None, version: int, at: datetime) -> Self:
        """Return the next version of a freeze.

        Raises:
            InvalidRequest: the freeze would end before it starts, or the request changes a read-only member.
        """
        _refuse_changes(new, before)
        placed = {}
        for bureau in Bureau:
            if (terms := new.terms(bureau)) is not None:
                freeze = PlacedFreeze.of(terms, before.at(bureau) if before else None, at)
                if freeze.end is not None and freeze.end <= freeze.start:
                    member = "all" if new.all else bureau
                    raise InvalidRequest(BODY_DETAIL, errors=[{"pointer": f"/{member}/end", "message": ORDER}])
                placed[bureau.value] = freeze
        return cls(customer_id=customer_id, updated_at=at, version=version, **placed)

    def at(self, bureau: Bureau) -> PlacedFreeze | None:
        """Return the freeze at a bureau."""
        placed: PlacedFreeze | None = getattr(self, bureau)
        return placed

    def blocking(self, at: datetime) -> list[Bureau]:
        """Return the bureaus at which the freeze is in force, without a lift."""
        return [bureau for bureau in Bureau if (placed := self.at(bureau)) is not None and placed.blocks(at)]


def _refuse_changes(new: NewFreeze, before: SecurityFreeze | None) -> None:
    sent = new.model_dump(exclude_unset=True)
    current = before.model_dump(mode="json") if before else {}
    errors = changed_members(sent, current, _READ_ONLY)
    for member in ("all", *Bureau):
        changed = changed_members(sent.get(member) or {}, current.get(member) or {}, _READ_ONLY_AT_A_BUREAU)
        errors += [{**error, "pointer": f"/{member}{error['pointer']}"} for error in changed]
    if errors:
        raise InvalidRequest(BODY_DETAIL, errors=errors)
