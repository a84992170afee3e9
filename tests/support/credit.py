"""The Credit Score Service's routes, and what to send to them."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.support.gateway import Answer, Gateway

FILE = "/v1/credit/{customer_id}"
EVERY_SCOPE = "credit/read credit/write credit/inquire credit/freeze"
ADA = "cus_01JADA00000000000000000000"
BOB = "cus_01JB0B00000000000000000000"
FACTS: dict[str, Any] = {
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
    "score": 712,
    "reason_codes": ["14", "10"],
    "scored_at": "2026-01-31T09:30:00Z",
}


@dataclass
class Credit:
    """One customer's credit file, asked through the gateway."""

    gateway: Gateway
    customer_id: str = ADA
    _keys: Any = None

    def __post_init__(self) -> None:
        self._keys = count()

    def call(self, method: str, path: str, **request: Any) -> Answer:
        """Call a route of the file, given as its path's end."""
        return self.gateway.call(f"{method} {FILE}/{path}", path={"customer_id": self.customer_id}, **request)

    def record(self, **changes: Any) -> Answer:
        """Record a report: these facts with changes, of which `...` leaves a member out."""
        facts = {name: value for name, value in {**FACTS, **changes}.items() if value is not ...}
        return self.call("POST", "scores", body=facts)

    def score(self, **query: str) -> Answer:
        """Read the current score."""
        return self.call("GET", "score", query={"purpose": "credit_extension", **query})

    def history(self, **query: Any) -> Answer:
        """Read a page of the history; `from_` is the parameter `from`."""
        asked = {"purpose": "credit_extension", **query}
        return self.call("GET", "scores", query={name.rstrip("_"): value for name, value in asked.items()})

    def inquire(self, headers: dict[str, str] | None = None, **changes: str) -> Answer:
        """Make an inquiry, a hard one unless changes say otherwise, with a key of its own."""
        asked = {"kind": "hard", "purpose": "credit_extension", "bureau": "experian", "model": "fico", **changes}
        sent = {"Idempotency-Key": f"key-{next(self._keys)}"} if headers is None else headers
        return self.call("POST", "inquiries", body=asked, headers=sent)

    def inquiries(self, **query: Any) -> Answer:
        """List the inquiries."""
        return self.call("GET", "inquiries", query=query)

    def freeze(self, body: Any = None, **headers: str) -> Answer:
        """Place a freeze, at all bureaus unless a body says otherwise."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("PUT", "freeze", body={"all": {}} if body is None else body, headers=sent)

    def frozen(self, **headers: str) -> Answer:
        """Read the freeze."""
        return self.call("GET", "freeze", headers={name.replace("_", "-"): value for name, value in headers.items()})

    def lift(self, if_match: str | None = "*") -> Answer:
        """Lift the freeze."""
        return self.call("DELETE", "freeze", headers={} if if_match is None else {"If-Match": if_match})

    def notice(self, inquiry_id: str) -> Answer:
        """Draw up a notice."""
        return self.call("POST", "adverse-action", body={"inquiry_id": inquiry_id})
