"""Models of the registry: services, routes and health."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from functions.shared.plain.clock import Timestamp

REGISTRY = "registry"


class Registration(BaseModel):
    """Registration of a service: compact JSON in its integration's Description. Other members are ignored."""

    # Part of paths, such as /health/<name>.
    service: Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$")]
    version: str
    owner: str
    docs: str
    deployed_at: str = ""


class RegisteredRoute(BaseModel):
    """A route of the gateway."""

    method: Annotated[str, Field(description="HTTP method, or `ANY`", examples=["GET"])]
    path: Annotated[str, Field(description="Path with parameters in braces", examples=["/v1/customers/{customer_id}"])]
    scopes: Annotated[
        list[str],
        Field(
            description="Scopes, of which a token needs one; empty for a public route", examples=[["customers/read"]]
        ),
    ]

    @property
    def key(self) -> str:
        """The route as the gateway names it, such as `GET /services/{name}`."""
        return f"{self.method} {self.path}".strip()


class HealthStatus(StrEnum):
    """Health of a service.

    - `ok`: the service can do its work.
    - `failing`: the service returns an error.
    - `unreachable`: the service does not respond in time.
    - `unknown`: the service has no route for its health.
    """

    OK = "ok"
    FAILING = "failing"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class RegisteredService(BaseModel):
    """A service in the gateway's route table."""

    name: Annotated[str, Field(description="Name of the service", examples=["customer"])]
    version: Annotated[str | None, Field(description="Version of the deployed code", examples=["0.1.0"])]
    owner: Annotated[str | None, Field(description="Team that owns the service", examples=["customer-data"])]
    docs: Annotated[
        str | None,
        Field(
            description="Its documentation: a URL, or a path in its repository",
            examples=["functions/customer/README.md"],
        ),
    ]
    deployed_at: Annotated[
        Timestamp | None, Field(description="Time of the last deployment (UTC)", examples=["2026-11-20T09:30:00.000Z"])
    ] = None
    routes: Annotated[list[RegisteredRoute], Field(description="Routes that lead to the service")]
    problems: Annotated[
        list[str], Field(description="Faults of its registration, in words; usually empty", examples=[[]])
    ]
    health: Annotated[HealthStatus, Field(description="Health of the service", examples=["ok"])] = HealthStatus.UNKNOWN

    def has(self, method: str, path: str) -> bool:
        """Return whether the gateway sends such a request to this service."""
        return any((route.method, route.path) == (method, path) for route in self.routes)


class ServiceList(BaseModel):
    """All registered services, by name."""

    items: Annotated[list[RegisteredService], Field(description="Services, in the order of their names")]
    next_cursor: Annotated[None, Field(description="Always null: the list has one page", examples=[None])] = None


class SystemHealth(BaseModel):
    """Health of the system, with that of each service."""

    status: Annotated[
        str,
        Field(
            description="`ok` if all services are, `failing` if none is, otherwise `degraded`", examples=["degraded"]
        ),
    ]
    services: Annotated[
        dict[str, HealthStatus],
        Field(description="Health of each service, by name", examples=[{"customer": "ok", "credit": "unreachable"}]),
    ]
