"""Pages of a list: how a client asks for one, and for the next."""

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
    """The query of a list; its filters are the members that a list's own query adds."""

    limit: Annotated[
        int, Field(ge=1, le=100, description="Items on a page", examples=[20]), BeforeValidator(_digits)
    ] = 20
    cursor: Annotated[
        str | None, Field(description="The last page's `next_cursor`; valid for an hour, with the same filters")
    ] = None

    def filter(self) -> dict[str, Any]:
        """What was asked for, but for the place in the list: what a cursor is bound to."""
        return self.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_none=True)


class Page(BaseModel, Generic[Listed]):
    """A page of a list; without `next_cursor` it is the last."""

    items: list[Listed] = Field(description="Items of this page, in the list's order")
    next_cursor: str | None = Field(description="Cursor of the next page; null on the last page", examples=[None])

    def link(self, query: PageQuery) -> dict[str, str]:
        """The Link header (RFC 8288) to the next page, relative to the request's own URL; none on the last."""
        if self.next_cursor is None:
            return {}
        following = urlencode({**query.filter(), "limit": query.limit, "cursor": self.next_cursor})
        return {"Link": f'<?{following}>; rel="next"'}
