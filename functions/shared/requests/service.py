"""A chalice application behind an API Gateway HTTP API (payload format 2.0).

Chalice reads only REST-style events, so `Service` converts each 2.0 event. It checks scope, query and body before it
calls a view, and converts all errors to the problem documents of docs/problems.md.
"""

import gc
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypedDict, Unpack, get_type_hints
from urllib.parse import parse_qs, unquote

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, Request, Response
from pydantic import BaseModel, Field

from functions.shared.aws.client import error_name
from functions.shared.aws.idempotency import Once, Replayed
from functions.shared.aws.signing import signing_key
from functions.shared.plain import deadline, log
from functions.shared.plain.clock import now
from functions.shared.plain.problems import (
    RETRY_SOON,
    DependencyUnavailable,
    IdempotencyKeyRequired,
    Problem,
    UnknownRoute,
    gateway_url,
)
from functions.shared.plain.tracing import traceparent
from functions.shared.requests import etag, scopes
from functions.shared.requests.caller import Caller, caller
from functions.shared.requests.cursor import Cursors
from functions.shared.requests.inputs import NoQuery, parse_body, parse_query
from functions.shared.requests.pages import PageQuery
from functions.shared.requests.replies import defect, dependency_problem, log_defect, problem_response, reply
from functions.shared.requests.texts import text_reply

Event = dict[str, Any]
View = Callable[..., Response]


class OpenApiDocument(BaseModel, extra="allow"):
    """An OpenAPI document, version 3.1."""

    openapi: str = Field(description="Version of the OpenAPI specification", examples=["3.1.0"])


class Health(BaseModel):
    """Health of a service. An unhealthy service returns a problem document."""

    service: str = Field(description="Name of the service", examples=["customer"])
    version: str = Field(description="Version of the deployed code", examples=["0.1.0"])
    status: str = Field(description="Always `ok`", examples=["ok"])


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


class Service(Chalice):
    """A service: routes with scopes, and the handler that Lambda calls."""

    def __init__(self, name: str, *, names_unknown_members: bool = True) -> None:
        """Make a service without routes.

        Args:
            name: the same as in its registration.
            names_unknown_members: whether problems name unknown members. False if a name may be a secret.
        """
        super().__init__(app_name=name, configure_logs=False)
        # Otherwise chalice compares each response's media type with a dozen binary ones.
        self.api.binary_types = []
        self._names_unknown = names_unknown_members
        self.operations: list[Operation] = []
        self._is_cold = True

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        scope: str | None,
        media_types: tuple[str, ...] = ("application/json",),
        **documentation: Unpack[Documentation],
    ) -> Callable[[View], View]:
        """Register a view.

        Args:
            method: HTTP method.
            path: with parameters in braces, named as in the template's route key and as the view's arguments.
            scope: scope that the caller's token must contain; None for a public route.
            media_types: accepted media types of the body.
            documentation: for OpenAPI. The first line of the view's docstring is the operation's summary, and the other
                lines are its description in Markdown.

        The view receives the path's parameters. If it has arguments with the names `query` and `body`, it also receives
        these, as the pydantic models of their annotations. It returns a chalice Response.
        """

        def register(view: View) -> View:
            models = get_type_hints(view)
            query_model: type[BaseModel] = models.get("query", NoQuery)
            body_model: type[BaseModel] | None = models.get("body")
            self.operations.append(
                Operation(method, path, view, scope, query_model, body_model, media_types, documentation)
            )

            def guarded(**arguments: Any) -> Response:
                request = self.request
                if needed := scope or scopes.of_public_routes():
                    scopes.require([needed], self.claims)
                query = parse_query(request, query_model, name_unknown=self._names_unknown)
                if "query" in models:
                    arguments["query"] = query
                if body_model is not None:
                    arguments["body"] = parse_body(request, body_model, media_types, name_unknown=self._names_unknown)
                if method == "PUT":
                    with etag.creating(request.headers.get("if-match"), request.headers.get("if-none-match")):
                        return view(**arguments)
                return view(**arguments)

            self.route(
                path,
                methods=[method],
                name=view.__name__,
                authorizer=None if scope is None else scopes.RequiredScope(scope),
                # Otherwise chalice checks the media type of each request, even GET, and returns its own errors.
                content_types=[],
            )(self._answering(guarded))
            return view

        return register

    def add_health(self, check: Callable[[], object]) -> None:
        """Register GET /health/<name>, which returns 200, or 503 if `check` raises an error of AWS."""

        def read_health() -> Response:
            """Read the service's health.

            Reads from each resource that the service depends on.
            """
            try:
                check()
            except (ClientError, BotoCoreError) as error:
                log.logger.error("unhealthy", extra={"fields": {"error": error_name(error)}})
                raise DependencyUnavailable(
                    "The service cannot read its data. Send the request again later.", headers=RETRY_SOON
                ) from None
            return reply(Health(service=self.app_name, version=self.version, status="ok"))

        self._name(read_health, "health")
        self.endpoint(
            "GET",
            f"/health/{self.app_name}",
            scope=None,
            answers={200: Health},
            descriptions={200: "The service is healthy", 503: "The service cannot reach a resource that it needs"},
            problems=(DependencyUnavailable,),
        )(read_health)

    def add_openapi(self, beside: str) -> None:
        """Register GET /openapi/<name>, the OpenAPI document that `make openapi` writes.

        Args:
            beside: path of a file in the folder of openapi.json.
        """

        @cache
        def document(server: str) -> bytes:
            written = Path(beside).with_name("openapi.json").read_bytes()
            return json.dumps(json.loads(written) | {"servers": [{"url": server}]}, ensure_ascii=False).encode()

        def read_openapi() -> Response:
            """Read the service's OpenAPI document.

            The document describes this service only. `GET /openapi.json` returns that of all services.
            """
            headers = {"Content-Type": "application/json", "Cache-Control": "public, max-age=60"}
            return text_reply(self.request, document(gateway_url() or ".."), headers)

        self._name(read_openapi, "openapi")
        self.endpoint(
            "GET",
            f"/openapi/{self.app_name}",
            scope=None,
            answers={200: OpenApiDocument, 304: None},
            descriptions={200: "OpenAPI document of the service"},
            headers=("If-None-Match",),
        )(read_openapi)

    def _name(self, view: View, noun: str) -> None:
        # The operationId, which is unique among all services.
        view.__name__ = f"read_{self.app_name.replace('-', '_')}_{noun}"

    def handler(self, warm: Callable[[], object] | None = None) -> Callable[[Event, object], Event]:
        """Return the Lambda handler.

        Args:
            warm: called immediately in Lambda, to make clients while the start-up has the full processor.
        """
        log.configure()
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            if warm is not None:
                warm()
            gc.enable()
            gc.freeze()
        return self

    @property
    def version(self) -> str:
        """The deployed version of the service."""
        return os.environ.get("SERVICE_VERSION", "unreleased")

    @property
    def request(self) -> Request:
        """The current request."""
        # Chalice sets the attribute with the first request.
        request: Request | None = getattr(self, "current_request", None)
        if request is None:
            raise RuntimeError("no request is being served")
        return request

    @property
    def claims(self) -> Mapping[str, str]:
        """The claims of the caller's token, verified by the gateway."""
        return scopes.claims(self.request.context)

    @property
    def client_id(self) -> str:
        """The calling client."""
        return self.claims["client_id"]

    @property
    def caller(self) -> Caller:
        """The calling client, and the person that it acts for; see `caller.caller`."""
        return caller(self.client_id, self.request.headers.get("dossier-actor"))

    def cursors(self, query: PageQuery) -> Cursors:
        """Return the cursors of the requested list, valid only for this client and these filters."""
        filters = json.dumps([self.request.uri_params, query.filter()], sort_keys=True)
        return Cursors(signing_key, self.request.context["resourcePath"], self.client_id, filters)

    def once(self, answer: Response, write: Callable[[Once | None], object], *, required: bool = False) -> Response:
        """Write and return the response, or the first response of a repeated Idempotency-Key.

        Args:
            answer: response after the write.
            write: writes, in one transaction with the use of the key, if any; see `idempotency.commit_once`.
            required: whether the client must send a key.

        Raises:
            IdempotencyKeyRequired: the key is missing.
        """
        if "idempotency-key" not in self.request.headers:
            if required:
                raise IdempotencyKeyRequired(
                    "Send a key that you make, such as a UUID. Send the same key in each attempt."
                )
            write(None)
            return answer
        try:
            write(Once.of(self.request, self.client_id, answer, now()))
        except Replayed as replayed:
            return replayed.answer
        return answer

    def require_match(self, version: int) -> None:
        """Require that a change is made to the current version; see `etag.require_match`."""
        etag.require_match(self.request.headers.get("if-match"), version)

    def not_modified(self, version: int) -> bool:
        """Return whether the client already has this version."""
        return etag.matches(self.request.headers.get("if-none-match"), version)

    def __call__(self, event: Event, context: object) -> Event:
        """Serve one HTTP API event (payload format 2.0)."""
        started = time.perf_counter()
        if event.get("version") != "2.0" or "routeKey" not in event:
            raise TypeError("this function serves HTTP API events of payload format 2.0")
        request_context = event["requestContext"]
        request_id = request_context["requestId"]
        log.start_request(
            service=self.app_name,
            version=self.version,
            request_id=request_id,
            route_key=event["routeKey"],
            aws_calls=0,
            client_id=scopes.claims(request_context).get("client_id"),
            **_trace(event),
        )
        with deadline.within(context):
            answer = self._dispatch(event, context)
        answer["headers"]["Dossier-Request-Id"] = request_id
        log.logger.info(
            "request",
            extra={
                "fields": {
                    "status": answer["statusCode"],
                    "status_class": f"{answer['statusCode'] // 100}xx",
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                    "cold_start": int(self._is_cold),
                    **log.embedded_metrics(),
                }
            },
        )
        self._is_cold = False
        return answer

    def _dispatch(self, event: Event, context: object) -> Event:
        method, _, path = event["routeKey"].partition(" ")
        if method not in self.routes.get(path, {}):
            problem = UnknownRoute("Deploy the service again: the gateway has a route that this version lacks.")
            return _plain(problem_response(problem, event["requestContext"]["requestId"]).to_dict())
        return _plain(super().__call__(rest_event(event, method, path), context))

    def _answering(self, view: View) -> View:
        """Return a view that converts all errors to problem documents. No other code does this."""

        def answering(**arguments: Any) -> Response:
            try:
                return view(**arguments)
            except Problem as problem:
                if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                    log_defect(problem, problem.code)
                failure = problem
            except (ClientError, BotoCoreError) as error:
                failure = dependency_problem(error)
            except Exception as error:  # noqa: BLE001 - the outermost edge: no client gets a stack trace
                failure = defect(error)
            return problem_response(failure, self.request.context["requestId"])

        return answering


def rest_event(event: Event, method: str, path: str) -> Event:
    """Convert an HTTP API event of payload format 2.0 to the REST-style event that chalice reads.

    Args:
        event: the 2.0 event.
        method: of the matched route.
        path: of the matched route, with its parameters in braces.
    """
    parameters = event.get("pathParameters") or {}
    query = parse_qs(event.get("rawQueryString", ""), keep_blank_values=True)
    return {
        "headers": event.get("headers") or {},
        "multiValueQueryStringParameters": query,
        "pathParameters": {name: unquote(value) for name, value in parameters.items()},
        "stageVariables": event.get("stageVariables"),
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "requestContext": {**event["requestContext"], "httpMethod": method, "resourcePath": path},
    }


def _plain(answer: Event) -> Event:
    """Convert chalice's REST response to payload format 2.0, which has no multi-value headers."""
    answer.pop("multiValueHeaders", None)
    return answer


def _trace(event: Event) -> dict[str, str]:
    valid = traceparent((event.get("headers") or {}).get("traceparent"))
    return {} if valid is None else {"traceparent": valid}
