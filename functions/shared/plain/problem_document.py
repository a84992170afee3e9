"""Models of the errors that a client receives, in one place for all OpenAPI documents and for the profile service."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, RootModel, WithJsonSchema

_EXAMPLE_URL = "https://api.example.com/docs/problems"


def _is_empty(value: Any) -> bool:
    return not value


class FieldError(BaseModel):
    """A member of the request that is not valid."""

    pointer: Annotated[
        str, Field(description="JSON Pointer (RFC 6901) to a body member or query parameter", examples=["/email"])
    ]
    message: Annotated[str, Field(description="What to change", examples=["Required"])]


class Problem(BaseModel):
    """Problem document (RFC 9457) of a service. `code` is stable; programs should compare it."""

    type: Annotated[str, Field(description="URL that documents the code", examples=[f"{_EXAMPLE_URL}#invalid_request"])]
    title: Annotated[str, Field(description="Meaning of the code", examples=["Request body, query or path is invalid"])]
    status: Annotated[
        int,
        WithJsonSchema({"type": "integer", "minimum": 400, "maximum": 599}),
        Field(description="HTTP status code", examples=[422]),
    ]
    detail: Annotated[
        str, Field(exclude_if=_is_empty, description="What to do", examples=["Correct the members in `errors`."])
    ] = ""
    code: Annotated[
        str,
        WithJsonSchema({"type": "string", "pattern": "^[a-z0-9_]+$"}),
        Field(description="Stable identifier of the error", examples=["invalid_request"]),
    ]
    request_id: Annotated[str, Field(description="Id of the request in the logs", examples=["JKJaXmPLvHcESHA="])]
    errors: Annotated[
        list[FieldError],
        Field(
            exclude_if=_is_empty,
            description="Invalid members of the request, at most 20",
            examples=[[{"pointer": "/email", "message": "Required"}]],
        ),
    ] = []


class GatewayMessage(BaseModel):
    """Error body of the gateway. The gateway answers before a service is called, or in place of a failed one."""

    message: Annotated[str, Field(description="Reason, as API Gateway words it", examples=["Unauthorized"])]


class ServiceOrGatewayError(RootModel[Problem | GatewayMessage]):
    """Error body of a status that both a service and the gateway can send. Only a service's has `code`."""
