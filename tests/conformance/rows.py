"""What a caller of an HTTP API sees: requests, and the answers that AWS's documentation has for them.

A row without a source is unverified: what an HTTP API is known to do, but not what AWS has written down.
"""

from dataclasses import dataclass, field

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
CORS = f"{_GUIDE}/http-api-cors.html"
JWT = f"{_GUIDE}/http-api-jwt-authorizer.html"
JWT_TROUBLE = f"{_GUIDE}/http-api-troubleshooting-jwt.html"
LAMBDA = f"{_GUIDE}/http-api-develop-integrations-lambda.html"
QUOTAS = f"{_GUIDE}/http-api-quotas.html"
ROUTES = f"{_GUIDE}/http-api-develop-routes.html"
THROTTLING = f"{_GUIDE}/http-api-throttling.html"
UNVERIFIED = None

UNAUTHORIZED = '401 {"message":"Unauthorized"}'
FORBIDDEN = '403 {"message":"Forbidden"}'
NOT_FOUND = '404 {"message":"Not Found"}'
TOO_LARGE = '413 {"message":"Request Entity Too Large"}'

CUSTOMERS = "/v1/customers"
PROFILE = "/v1/profiles/cus_00000000000000000000000000?purpose=account_review"
JSON = ("Content-Type", "application/json")
PREFLIGHT = (("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"))
ALLOWED, ELSEWHERE = ("Origin", "{origin}"), ("Origin", "https://elsewhere.example")


@dataclass(frozen=True)
class Row:
    """A request, and what its caller sees on AWS.

    Attributes:
        sent: the request in words; names the row.
        expected: the answer as `answers.seen` writes it.
        source: of AWS's documentation; None where there is none.
        method: HTTP method.
        path: below the base URL.
        token: the kind of token, a key of `tokens.KINDS`; empty for none.
        authorization: the header that carries it.
        headers: more headers; `{origin}` stands for the origin that the gateway allows.
        content: the body.
        looks_at: response headers whose presence is part of the answer.
        burst: how many are sent at once; the answer is the first that differs from most.
        needs: what a place must be able to do for the row to say anything there; see tests/e2e/places.py.
    """

    sent: str
    expected: str
    source: str | None
    method: str = "GET"
    path: str = CUSTOMERS
    token: str = "good"
    authorization: str = "Bearer {token}"
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = field(default=None, repr=False)
    looks_at: tuple[str, ...] = ()
    burst: int = 1
    needs: str = ""


AUTHENTICATE = ("WWW-Authenticate",)
ALLOW = ("Access-Control-Allow-Origin",)

ROWS = [
    # Tokens
    Row("no token", f"{UNAUTHORIZED}, WWW-Authenticate", JWT_TROUBLE, token="", looks_at=AUTHENTICATE),
    Row("a garbled token", f"{UNAUTHORIZED}, WWW-Authenticate", JWT_TROUBLE, token="garbled", looks_at=AUTHENTICATE),
    Row("a token after Basic, not Bearer", UNAUTHORIZED, JWT, authorization="Basic {token}"),
    Row("a token after bearer in lower case", "200", UNVERIFIED, authorization="bearer {token}"),
    Row("a token alone, without Bearer", "200", JWT, authorization="{token}"),
    Row("a token in the query alone", UNAUTHORIZED, JWT, path=f"{CUSTOMERS}?access_token=x", token=""),
    Row("an expired token", UNAUTHORIZED, JWT, token="expired"),
    Row("a token that is not valid yet", UNAUTHORIZED, JWT, token="not yet valid"),
    Row("a token issued in the future", UNAUTHORIZED, JWT, token="issued later"),
    Row("a token with another issuer's name", UNAUTHORIZED, JWT, token="of another issuer"),
    Row("a token of a client that is not in the audience", UNAUTHORIZED, JWT_TROUBLE, token="of another client"),
    Row("a foreign token: well-formed, signed with a key of its own", UNAUTHORIZED, JWT, token="foreign"),
    Row("a token with a changed payload", UNAUTHORIZED, JWT, token="changed"),
    Row("a token with the algorithm none and no signature", UNAUTHORIZED, JWT, token="unsigned"),
    Row("a token signed with HS256, the public key as its secret", UNAUTHORIZED, JWT, token="signed with HS256"),
    Row("a token without the route's scope", FORBIDDEN, UNVERIFIED, token="without the scope"),
    # Routes
    Row("an unknown path", NOT_FOUND, ROUTES, path="/v1/nothing"),
    Row("an unknown path without a token", NOT_FOUND, UNVERIFIED, path="/v1/nothing", token=""),
    Row("a method that the path has no route for", NOT_FOUND, ROUTES, method="PUT"),
    Row("HEAD where there is a route for GET", "404", UNVERIFIED, method="HEAD", path="/services/customer", token=""),
    Row("a slash after the path", NOT_FOUND, UNVERIFIED, path=f"{CUSTOMERS}/"),
    Row("two slashes before the path", "200", UNVERIFIED, path=f"/{CUSTOMERS}"),
    Row("the path in upper case", NOT_FOUND, UNVERIFIED, path=CUSTOMERS.upper()),
    # Parameters
    Row("a letter of a path parameter, percent-encoded", "200", ROUTES, path="/services/custome%72", token=""),
    Row(
        "a slash in a path parameter, percent-encoded",
        "404 service_not_registered",
        UNVERIFIED,
        path="/services/a%2Fb",
        token="",
    ),
    Row(
        "a percent sign in a path parameter, percent-encoded",
        "404 service_not_registered",
        UNVERIFIED,
        path="/services/custome%2572",
        token="",
    ),
    Row("a query parameter given twice", "422 invalid_request", LAMBDA, path=f"{CUSTOMERS}?limit=1&limit=2"),
    Row("a query parameter's name, percent-encoded", "200", LAMBDA, path=f"{CUSTOMERS}?l%69mit=1"),
    # Headers
    Row(
        "header names in upper case", "400 malformed_header", LAMBDA, path=PROFILE, headers=(("DOSSIER-ACTOR", "a,b"),)
    ),
    Row(
        "a header given twice: joined by a comma",
        "400 malformed_header",
        LAMBDA,
        path=PROFILE,
        headers=(("Dossier-Actor", "a"), ("Dossier-Actor", "b")),
    ),
    Row(
        "headers of 12 KB in all",
        '431 {"message":"Request Header Fields Too Large"}',
        UNVERIFIED,
        path="/services/customer",
        token="",
        headers=(("Dossier-Actor", "x" * 12_000),),
    ),
    Row("a request id in the answer", "200, Apigw-Requestid", JWT_TROUBLE, looks_at=("Apigw-Requestid",)),
    # Bodies
    Row(
        "a body of 1 MB: the service's own limit",
        "413 body_too_large",
        QUOTAS,
        method="POST",
        headers=(JSON,),
        content=b" " * 1_000_000,
    ),
    Row("a body of over 10 MB", TOO_LARGE, UNVERIFIED, method="POST", headers=(JSON,), content=b" " * 10_600_000),
    Row(
        "a binary body",
        "415 unsupported_media_type",
        UNVERIFIED,
        method="POST",
        headers=(("Content-Type", "application/octet-stream"),),
        content=bytes(range(256)),
    ),
    Row(
        "a JSON body that is not UTF-8",
        "400 malformed_body",
        UNVERIFIED,
        method="POST",
        headers=(JSON,),
        content=b'{"given_name": "\xff"}',
    ),
    Row("a JSON body without Content-Type", "422 invalid_request", UNVERIFIED, method="POST", content=b"{}"),
    Row("GET with a body", "200", UNVERIFIED, headers=(JSON,), content=b"{}"),
    # CORS
    Row(
        "a preflight from an allowed origin",
        "204, Access-Control-Allow-Origin, Access-Control-Allow-Methods, Access-Control-Allow-Headers, "
        "Access-Control-Max-Age",
        CORS,
        method="OPTIONS",
        token="",
        headers=(ALLOWED, *PREFLIGHT),
        looks_at=(
            *ALLOW,
            "Access-Control-Allow-Methods",
            "Access-Control-Allow-Headers",
            "Access-Control-Max-Age",
        ),
    ),
    Row(
        "a preflight from another origin",
        "204",
        UNVERIFIED,
        method="OPTIONS",
        token="",
        headers=(ELSEWHERE, *PREFLIGHT),
        looks_at=ALLOW,
    ),
    Row("OPTIONS without an origin", "204", UNVERIFIED, method="OPTIONS", token="", looks_at=ALLOW),
    Row(
        "a call from an allowed origin",
        "200, Access-Control-Allow-Origin, Access-Control-Expose-Headers",
        CORS,
        headers=(ALLOWED,),
        looks_at=(*ALLOW, "Access-Control-Expose-Headers"),
    ),
    Row("a call from another origin", "200", CORS, headers=(ELSEWHERE,), looks_at=ALLOW),
    Row(
        "a call without a token from an allowed origin",
        f"{UNAUTHORIZED}, Access-Control-Allow-Origin",
        UNVERIFIED,
        token="",
        headers=(ALLOWED,),
        looks_at=ALLOW,
    ),
    # Throttles
    Row(
        "more requests than the stage's burst",
        '429 {"message":"Too Many Requests"}',
        THROTTLING,
        path="/services/nobody",
        token="",
        burst=3000,
        needs="throttles",
    ),
]
