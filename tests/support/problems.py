"""Reads problem documents."""

from tests.support.gateway import Answer


def code(answer: Answer) -> tuple[int, str]:
    """A problem's status and code, once it is sure that the answer is a problem document of this request."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == answer.status
    assert answer.json["request_id"] == "request-under-test"
    return answer.status, answer.json["code"]
