"""State and result of the erasure of a credit file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import BaseModel

from functions.credit.retention import RetainedRecord
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.erasure import Erasure, Retained

# Kinds of erased items, by the start of their sort keys. Items of other kinds are erased too, as `others`.
KINDS: Mapping[str, str] = {
    "ANSWER": "responses",
    "EXPORT": "exports",
    "FACTS": "report_keys",
    "FREEZE": "freezes",
    "HEAD": "series",
    "INQUIRY": "inquiries",
    "NOTICE": "notices",
    "REPORT": "reports",
}


class Tombstone(BaseModel):
    """State of an erased credit file, and the result so far.

    Attributes:
        customer_id: id of the customer.
        version: of the freeze at the time of the erasure.
        erasure_id: id of the first erasure.
        erased_at: time of the erasure.
        steps: number of completed steps.
        completed: whether all items are erased.
        erased: number of erased items, by kind.
        retained: data that is kept, once for each kind and law.
    """

    customer_id: str
    version: int
    erasure_id: str
    erased_at: Timestamp
    steps: int = 0
    completed: bool = False
    erased: dict[str, int] = {}
    retained: list[Retained] = []

    @property
    def result(self) -> Erasure:
        """The result of the erasure."""
        return Erasure(erased=self.erased, retained=tuple(self.retained))

    def after(self, erased: Iterable[str], kept: Iterable[RetainedRecord]) -> Self:
        """Return the state after a step.

        Args:
            erased: sort keys of the erased items.
            kept: records that the step moved to the retained records.
        """
        kinds = Counter(KINDS.get(sort.partition("#")[0], "others") for sort in erased)
        until = {(retained.what, retained.why): retained.until for retained in self.retained}
        for record in kept:
            key = (record.kind.value, record.why)
            until[key] = max(until.get(key) or record.until, record.until)
        return self.model_copy(
            update={
                "steps": self.steps + 1,
                "erased": dict(Counter(self.erased) + kinds),
                "retained": [Retained(what=what, why=why, until=end) for (what, why), end in until.items()],
            }
        )

    def complete(self) -> Self:
        """Return the state after the last step."""
        return self.model_copy(update={"steps": self.steps + 1, "completed": True})
