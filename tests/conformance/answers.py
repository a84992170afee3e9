"""Sends the request of a row, and writes down what came of it."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.conformance.rows import Row
from tests.conformance.tokens import CannotSign, Forger

AT_ONCE = 32
UNTRIED = "not tried: "


def observed(row: Row, http: httpx.Client, forger: Forger) -> str:
    """What a caller sees; or that it was not tried, and why."""
    lacks = forger.target.lacks()
    if row.needs in lacks:
        return UNTRIED + lacks[row.needs]
    try:
        request = prepared(row, http, forger)
    except CannotSign as reason:
        return f"{UNTRIED}{reason}"
    if row.burst == 1:
        return seen(http.send(request), row)
    with ThreadPoolExecutor(AT_ONCE) as senders:
        counted = Counter(seen(answer, row) for answer in senders.map(http.send, [request] * row.burst))
    return counted.most_common()[-1][0]


def prepared(row: Row, http: httpx.Client, forger: Forger) -> httpx.Request:
    """The request of a row.

    Raises:
        CannotSign: its token cannot be made.
    """
    headers = [(name, value.format(origin=forger.target.origin)) for name, value in row.headers]
    token = forger.token(row.token) if row.token else None
    if token is not None:
        headers.append(("Authorization", row.authorization.format(token=token)))
    # The path as it stands: joined to a base URL, it would lose its second slash.
    url = forger.target.url.rstrip("/") + row.path
    return http.build_request(row.method, url, headers=headers, content=row.content)


def seen(answer: httpx.Response, row: Row) -> str:
    """An answer in a line: status, the gateway's own words or a problem's code, and the headers that matter."""
    said = f"{answer.status_code}{_body(answer)}"
    return ", ".join([said, *(name for name in row.looks_at if name in answer.headers)])


def _body(answer: httpx.Response) -> str:
    try:
        document = answer.json()
    except (UnicodeDecodeError, json.JSONDecodeError):
        return ""
    match document:
        case {"code": code, "request_id": _}:
            return f" {code}"
        case {"message": message}:
            return f' {{"message":{json.dumps(message)}}}'
    return ""
