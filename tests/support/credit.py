"""Client of the Credit Score Service's routes, for tests."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.support.gateway import Answer, Gateway

FILE = "/v1/credit/{customer_id}"
EVERY_SCOPE = "credit/read credit/write credit/inquire credit/freeze credit/erase credit/export credit/retained"
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
    """Client of one customer's credit file."""

    gateway: Gateway
    customer_id: str = ADA
    _keys: Any = None

    def __post_init__(self) -> None:
        self._keys = count()

    def call(self, method: str, path: str = "", **request: Any) -> Answer:
        """Call a route of the file. `path` is the end of its path."""
        return self.gateway.call(
            f"{method} {FILE}/{path}".rstrip("/"), path={"customer_id": self.customer_id}, **request
        )

    def record(self, **changes: Any) -> Answer:
        """Record a report: FACTS with changes, of which `...` removes a member."""
        facts = {name: value for name, value in {**FACTS, **changes}.items() if value is not ...}
        return self.call("POST", "scores", body=facts)

    def score(self, **query: str) -> Answer:
        """Read the current score."""
        return self.call("GET", "score", query={"purpose": "credit_extension", **query})

    def history(self, **query: Any) -> Answer:
        """Read a page of the history; `from_` is the parameter `from`."""
        parameters = {"purpose": "credit_extension", **query}
        return self.call("GET", "scores", query={name.rstrip("_"): value for name, value in parameters.items()})

    def inquire(self, headers: dict[str, str] | None = None, **changes: str) -> Answer:
        """Make an inquiry, by default a hard one, with its own key."""
        inquiry = {"kind": "hard", "purpose": "credit_extension", "bureau": "experian", "model": "fico", **changes}
        sent = {"Idempotency-Key": f"key-{next(self._keys)}"} if headers is None else headers
        return self.call("POST", "inquiries", body=inquiry, headers=sent)

    def inquiries(self, **query: Any) -> Answer:
        """List the inquiries."""
        return self.call("GET", "inquiries", query=query)

    def freeze(self, body: Any = None, **headers: str) -> Answer:
        """Place a freeze, by default at all bureaus."""
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

    def export(self, **query: Any) -> Answer:
        """Export a page of the file."""
        return self.call("GET", "export", query={"reference": "req_1", **query})

    def retained(self, **query: Any) -> Answer:
        """List the retained records."""
        return self.call("GET", "retained", query=query)

    def erase(self, if_match: str | None = "*") -> Answer:
        """Erase the file."""
        return self.call("DELETE", headers={} if if_match is None else {"If-Match": if_match})
