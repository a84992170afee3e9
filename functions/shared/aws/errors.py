"""Failures of calls of AWS. They contain no text of AWS, because it may repeat parts of the request."""

from dataclasses import dataclass
from typing import Any

# Code of a transaction's item whose condition failed.
REFUSED = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"


@dataclass(frozen=True)
class Reason:
    """The result of one write of a cancelled transaction.

    Attributes:
        code: AWS's code; `None`, as text, if this write did not fail.
        item: the item that made the condition fail; empty if no item exists or AWS did not return it.
    """

    code: str
    item: dict[str, Any]


class CallFailed(Exception):
    """A call of AWS failed.

    Attributes:
        code: loggable name of the failure.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CallRefused(CallFailed):
    """AWS responded with an error.

    Attributes:
        code: AWS's code, such as ConditionalCheckFailedException.
        status: HTTP status code.
        request_id: AWS's id of the request; empty if the response has none.
        reasons: for each write of a cancelled transaction, in order; empty for other errors.
        item: the item that made the condition of a single write fail, if the request asked for it.
    """

    def __init__(
        self,
        code: str,
        status: int,
        request_id: str = "",
        reasons: tuple[Reason, ...] = (),
        item: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.request_id = request_id
        self.reasons = reasons
        self.item = item


class CallUnanswered(CallFailed):
    """No valid response arrived.

    Attributes:
        maybe_received: AWS may have carried out the request. False if the connection was refused.
    """

    def __init__(self, code: str, *, maybe_received: bool) -> None:
        super().__init__(code)
        self.maybe_received = maybe_received


def reasons_of(document: dict[str, Any]) -> tuple[Reason, ...]:
    """Return the reasons in the error document of a cancelled transaction."""
    return tuple(
        Reason(str(reason.get("Code", "None")), reason.get("Item") or {})
        for reason in document.get("CancellationReasons") or ()
    )
