"""A route's operation: its view, its rules, and its documentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from chalice.app import Response
from pydantic import BaseModel

from functions.shared.plain.problems import Problem

View = Callable[..., Response]


class Documentation(TypedDict, total=False):
    """OpenAPI members of a route that do not follow from its view. No request reads them.

    Attributes:
        answers: model of the body for each status of success; None for no JSON body.
        descriptions: description of the response for each status, if the model or the problem does not explain it.
        problems: problems of this route, in addition to those of every route.
        headers: names of the request headers that the route reads. An exclamation mark marks a required header.
        sends: names of the response headers that do not follow from the other members, such as Location.
    """

    answers: Mapping[int, type[BaseModel] | None]
    descriptions: Mapping[int, str]
    problems: tuple[type[Problem], ...]
    headers: tuple[str, ...]
    sends: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """A registered route; see `Service.endpoint`."""

    method: str
    path: str
    view: View
    scope: str | None
    query: type[BaseModel]
    body: type[BaseModel] | None
    media_types: tuple[str, ...]
    documentation: Documentation
