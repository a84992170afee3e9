"""Pages of a history. Reports of each bureau and model are a series; a page merges all series that match."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Protocol

from functions.credit.history import HistoryQuery, SortOrder
from functions.credit.models import CreditReport
from functions.credit.table import END, as_of
from functions.shared.plain.clock import rfc3339

# Six reports of about 500 bytes cost one read unit of 4 KB.
_CHUNK = 6


class ReadReports(Protocol):
    """Reader of at most `limit` reports of a series, within an inclusive range of `as_of`."""

    def __call__(  # noqa: D102
        self, like: CreditReport, lower: str, upper: str, limit: int, *, newest: bool
    ) -> Sequence[CreditReport]: ...


def merged_page(
    series: Sequence[CreditReport], query: HistoryQuery, first: datetime, position: str | None, read: ReadReports
) -> tuple[list[CreditReport], str | None]:
    """Return the reports of a page, and the position of the next page; None after the last.

    Each series is read in growing chunks. The cost of a page therefore depends on its reports, not on the number of
    series.

    Args:
        series: a report of each series.
        query: filters, order and size of the page.
        first: time of the oldest report that has not expired.
        position: position that the page before this one returned; None for the first page.
        read: reads reports of one series.
    """
    newest = query.order is SortOrder.NEWEST
    lower = rfc3339(max(query.from_ or first, first))
    upper = rfc3339(query.to) if query.to else END
    if position is not None:
        lower, upper = (lower, min(upper, position)) if newest else (max(lower, position), upper)
    if upper < lower:
        return [], None
    # Two more: the position itself is read again, and one report shows that another page follows.
    chunk = max(_CHUNK, -(-(query.limit + 2) // max(len(series), 1)) + 2)
    reports = [_in_chunks(partial(read, like, newest=newest), lower, upper, chunk, newest=newest) for like in series]
    merged = heapq.merge(*reports, key=as_of, reverse=newest)
    page = list(islice((report for report in merged if as_of(report) != position), query.limit + 1))
    if len(page) <= query.limit:
        return page, None
    return page[:-1], as_of(page[-2])


def _in_chunks(
    read: Callable[[str, str, int], Sequence[CreditReport]], lower: str, upper: str, chunk: int, *, newest: bool
) -> Iterator[CreditReport]:
    """Yield the reports of a series within a range of `as_of`. Each chunk is twice as large as the one before."""
    last = ""
    while True:
        reports = read(lower, upper, chunk)
        yield from (report for report in reports if as_of(report) != last)
        if len(reports) < chunk:
            return
        last = as_of(reports[-1])
        lower, upper = (lower, last) if newest else (last, upper)
        chunk *= 2
