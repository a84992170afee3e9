"""Pages of a list, and the query parameters that select one."""

import re
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

_DIGITS = re.compile(r"[0-9]{1,3}")

Listed = TypeVar("Listed")


def _digits(limit: Any) -> Any:
    if isinstance(limit, str) and not _DIGITS.fullmatch(limit):
        raise PydanticCustomError("limit", "Send a whole number from 1 to 100")
    return limit


class PageQuery(BaseModel, extra="forbid"):
    """Query parameters of a list. Each list adds its filters."""

    limit: Annotated[
        int, Field(ge=1, le=100, description="Items on a page", examples=[20]), BeforeValidator(_digits)
    ] = 20
    cursor: Annotated[
        str | None,
        Field(
            description="`next_cursor` of the page before; valid for one hour, with the same client and filters",
            examples=["ImN1c18wMU04MVpTSDJGR1NON1BFVkVYN04zMlFZUyI.aTBmQA.b1Zq0tQ2x3c8Yk5nJvW7hLrEo6I"],
        ),
    ] = None

    def filter(self) -> dict[str, Any]:
        """Return the filters, to which a cursor is bound."""
        return self.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_none=True)


class Page(BaseModel, Generic[Listed]):
    """A page of a list. The last page has no `next_cursor`."""

    items: list[Listed] = Field(description="Items of this page, in the list's order")
    next_cursor: str | None = Field(description="Cursor of the next page; null on the last page", examples=[None])

    def link(self, query: PageQuery) -> dict[str, str]:
        """Return the Link header (RFC 8288) to the next page, relative to the request's URL; none on the last page."""
        if self.next_cursor is None:
            return {}
        following = urlencode({**query.filter(), "limit": query.limit, "cursor": self.next_cursor})
        return {"Link": f'<?{following}>; rel="next"'}
