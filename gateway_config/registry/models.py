"""What the registry tells of a service."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from functions.shared.clock import Timestamp

REGISTRY = "registry"


class Registration(BaseModel):
    """How a service introduces itself: compact JSON in its integration's Description; more members are ignored."""

    # It becomes part of paths, such as /health/<name>.
    service: Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$")]
    version: str
    owner: str
    docs: str
    deployed_at: str = ""


class RegisteredRoute(BaseModel):
    """A route of the gateway; without scopes it is public."""

    method: str
    path: str
    scopes: list[str]

    @property
    def key(self) -> str:
        """The route as the gateway names it, such as `GET /services/{name}`."""
        return f"{self.method} {self.path}".strip()


class HealthStatus(StrEnum):
    """What a service says of itself, or what its silence says."""

    OK = "ok"
    FAILING = "failing"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class RegisteredService(BaseModel):
    """A service as the route table has it; `problems` says what is wrong with its registration."""

    name: str
    version: str | None
    owner: str | None
    docs: str | None
    deployed_at: Timestamp | None = None
    routes: list[RegisteredRoute]
    problems: list[str]
    health: HealthStatus = HealthStatus.UNKNOWN

    def has(self, method: str, path: str) -> bool:
        """Whether the gateway leads a request to this service."""
        return any((route.method, route.path) == (method, path) for route in self.routes)


class ServiceList(BaseModel):
    """Every registered service, by name."""

    items: list[RegisteredService]
    next_cursor: None = None


class SystemHealth(BaseModel):
    """The system: ok when every service is, failing when none is, else degraded."""

    status: str
    services: dict[str, HealthStatus]
