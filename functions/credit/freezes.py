"""Security freezes: what a consumer has told the bureaus to keep to themselves, and when (15 USC 1681c-1(i))."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from functions.credit.reference.score_models import Bureau
from functions.shared.clock import Timestamp, UtcTime
from functions.shared.json_schema import all_null, not_null
from functions.shared.problems import BODY_DETAIL, InvalidRequest
from functions.shared.values import SET_BY_THE_SERVICE, RequestBody, changed_members, member_error

MAX_LIFTS = 10
# A member that a GET returned, which may be sent back unchanged; its value is compared, whatever its type.
ReadOnlyTime = Annotated[Any, WithJsonSchema({"type": "string", "format": "date-time", "readOnly": True})]
_READ_ONLY = dict.fromkeys(("customer_id", "updated_at", "version"), SET_BY_THE_SERVICE)
_READ_ONLY_AT_A_BUREAU = {"placed_at": SET_BY_THE_SERVICE}
ORDER = "Send an end after the start"


def _in_order(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and end <= start:
        raise member_error("end", "order", ORDER)


class FreezeLift(RequestBody):
    """A time in which a freeze does not stop anybody: from `start` until just before `end`."""

    start: UtcTime
    end: UtcTime

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _in_order(self.start, self.end)
        return self


class FreezeTerms(RequestBody):
    """When a freeze holds: from `start` until just before `end`, or until it is lifted.

    Without a start it holds from now on, or goes on if it is in force.
    """

    start: UtcTime | None = None
    end: UtcTime | None = None
    lifts: list[FreezeLift] = Field(default_factory=list, max_length=MAX_LIFTS)
    placed_at: ReadOnlyTime = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _in_order(self.start, self.end)
        return self


class NewFreeze(RequestBody):
    """A freeze as it is to stand from now on: at `all` bureaus, or at those that are named."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": not_null("all", "object"),
            "then": all_null(*Bureau),
            "else": {"not": all_null(*Bureau)},
            "examples": [
                {"all": {}},
                {
                    "experian": {
                        "start": "2026-02-01T00:00:00Z",
                        "lifts": [{"start": "2026-03-01T00:00:00Z", "end": "2026-03-08T00:00:00Z"}],
                    }
                },
            ],
        }
    )

    all: FreezeTerms | None = None
    equifax: FreezeTerms | None = None
    experian: FreezeTerms | None = None
    transunion: FreezeTerms | None = None
    customer_id: Annotated[Any, WithJsonSchema({"type": "string", "readOnly": True})] = None
    updated_at: ReadOnlyTime = None
    version: Annotated[Any, WithJsonSchema({"type": "integer", "readOnly": True})] = None

    @model_validator(mode="after")
    def _all_or_some(self) -> Self:
        named = [bureau for bureau in Bureau if getattr(self, bureau) is not None]
        if (self.all is None) == (not named):
            raise member_error(named[0] if named else "all", "bureaus", "Send either all, or one bureau or more")
        return self

    def terms(self, bureau: Bureau) -> FreezeTerms | None:
        """What is to hold at a bureau."""
        named: FreezeTerms | None = getattr(self, bureau)
        return self.all or named


class PlacedFreeze(BaseModel):
    """A freeze at one bureau, as it stands."""

    start: Timestamp
    end: Timestamp | None = None
    lifts: list[FreezeLift] = []
    placed_at: Timestamp

    @classmethod
    def of(cls, terms: FreezeTerms, before: Self | None, at: datetime) -> Self:
        """As it stands from `at` on; one that is in force, lifted or not, keeps when it was placed and began."""
        standing = before if before and before.in_force(at) else None
        return cls(
            start=terms.start or (standing.start if standing else at),
            end=terms.end,
            lifts=terms.lifts,
            placed_at=standing.placed_at if standing else at,
        )

    def in_force(self, at: datetime) -> bool:
        """Whether it has begun and not ended at that time."""
        return self.start <= at and (self.end is None or at < self.end)

    def holds(self, at: datetime) -> bool:
        """Whether it stops anybody at that time."""
        return self.in_force(at) and not any(lift.start <= at < lift.end for lift in self.lifts)


class SecurityFreeze(BaseModel):
    """The freeze of a credit file: a member for each bureau, null where it is not frozen."""

    customer_id: str
    equifax: PlacedFreeze | None = None
    experian: PlacedFreeze | None = None
    transunion: PlacedFreeze | None = None
    updated_at: Timestamp
    version: int

    @classmethod
    def place(cls, customer_id: str, new: NewFreeze, before: Self | None, version: int, at: datetime) -> Self:
        """The document in a version, after the one that stood before.

        Raises:
            InvalidRequest: it would end before it starts, which is now where nobody says when; or the request changes
                a read-only member.
        """
        _refuse_changes(new, before)
        placed = {}
        for bureau in Bureau:
            if (terms := new.terms(bureau)) is not None:
                stands = PlacedFreeze.of(terms, before.at(bureau) if before else None, at)
                if stands.end is not None and stands.end <= stands.start:
                    member = "all" if new.all else bureau
                    raise InvalidRequest(BODY_DETAIL, errors=[{"pointer": f"/{member}/end", "message": ORDER}])
                placed[bureau.value] = stands
        return cls(customer_id=customer_id, updated_at=at, version=version, **placed)

    def at(self, bureau: Bureau) -> PlacedFreeze | None:
        """The freeze at one bureau."""
        placed: PlacedFreeze | None = getattr(self, bureau)
        return placed

    def holding(self, at: datetime) -> list[Bureau]:
        """The bureaus where it stops anybody at that time."""
        return [bureau for bureau in Bureau if (placed := self.at(bureau)) is not None and placed.holds(at)]


def _refuse_changes(new: NewFreeze, before: SecurityFreeze | None) -> None:
    sent = new.model_dump(exclude_unset=True)
    current = before.model_dump(mode="json") if before else {}
    errors = changed_members(sent, current, _READ_ONLY)
    for member in ("all", *Bureau):
        changed = changed_members(sent.get(member) or {}, current.get(member) or {}, _READ_ONLY_AT_A_BUREAU)
        errors += [{**error, "pointer": f"/{member}{error['pointer']}"} for error in changed]
    if errors:
        raise InvalidRequest(BODY_DETAIL, errors=errors)
