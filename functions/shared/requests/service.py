"""A chalice application behind an API Gateway HTTP API (payload format 2.0).

Chalice reads only REST-style events, so `Service` converts each 2.0 event. It checks scope, query and body before it
calls a view, and converts all errors to the problem documents of docs/problems.md.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Unpack, get_type_hints

from chalice.app import Chalice, Request, Response
from pydantic import BaseModel

from functions.shared.aws.errors import CallFailed
from functions.shared.aws.idempotency import Once, Replayed
from functions.shared.aws.signing import signing_key
from functions.shared.plain import deadline, log
from functions.shared.plain.clock import now
from functions.shared.plain.problems import IdempotencyKeyRequired, Problem, UnknownRoute
from functions.shared.plain.start_up import end_start_up
from functions.shared.plain.tracing import continue_trace
from functions.shared.requests import etag, scopes
from functions.shared.requests.caller import Caller, caller
from functions.shared.requests.cursor import Cursors
from functions.shared.requests.gateway_events import Event, http_response, rest_event
from functions.shared.requests.inputs import NoQuery, parse_body, parse_query
from functions.shared.requests.operations import Documentation, Operation, View
from functions.shared.requests.pages import PageQuery
from functions.shared.requests.replies import defect, dependency_problem, log_defect, problem_response


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
            )(self._with_problems(guarded))
            return view

        return register

    def handler(self, warm: Callable[[], object] | None = None) -> Callable[[Event, object], Event]:
        """Return the Lambda handler.

        Args:
            warm: called immediately in Lambda, to make clients while the start-up has the full processor.
        """
        end_start_up(warm)
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

    def once(self, response: Response, write: Callable[[Once | None], object], *, required: bool = False) -> Response:
        """Write and return the response, or the first response of a repeated Idempotency-Key.

        Args:
            response: response after the write.
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
            return response
        try:
            write(Once.of(self.request, self.client_id, response, now()))
        except Replayed as replayed:
            return replayed.response
        return response

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
            **continue_trace((event.get("headers") or {}).get("traceparent")),
        )
        with deadline.within(context):
            response = self._dispatch(event, context)
        response["headers"]["Dossier-Request-Id"] = request_id
        log.logger.info(
            "request",
            extra={
                "fields": {
                    "status": response["statusCode"],
                    "status_class": f"{response['statusCode'] // 100}xx",
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                    "cold_start": int(self._is_cold),
                    **log.embedded_metrics(),
                }
            },
        )
        self._is_cold = False
        return response

    def _dispatch(self, event: Event, context: object) -> Event:
        method, _, path = event["routeKey"].partition(" ")
        if method not in self.routes.get(path, {}):
            problem = UnknownRoute("Deploy the service again: the gateway has a route that this version lacks.")
            return http_response(problem_response(problem, event["requestContext"]["requestId"]).to_dict())
        return http_response(super().__call__(rest_event(event, method, path), context))

    def _with_problems(self, view: View) -> View:
        """Return a view that converts all errors to problem documents. No other code does this."""

        def serve(**arguments: Any) -> Response:
            try:
                return view(**arguments)
            except Problem as problem:
                if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                    log_defect(problem, problem.code)
                failure = problem
            except CallFailed as error:
                failure = dependency_problem(error)
            except Exception as error:  # noqa: BLE001 - the outermost edge: no client gets a stack trace
                failure = defect(error)
            return problem_response(failure, self.request.context["requestId"])

        return serve
