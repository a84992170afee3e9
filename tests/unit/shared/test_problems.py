"""Problem documents (RFC 9457)."""

import json
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from functions.shared.plain.problems import (
    InternalError,
    InvalidRequest,
    Problem,
    UnsupportedMediaType,
    invalid,
    pointer,
)

MARKER = "Zq7-rejected-Zq7"


class Owner(BaseModel, extra="forbid"):
    """Something with a name."""

    name: str = Field(pattern=r"^[a-z]+$", max_length=8)


class Thing(BaseModel, extra="forbid"):
    """A member of every kind that a client may get wrong."""

    amount: int = Field(ge=1, le=100)
    rate: float = Field(gt=0)
    born: date
    colour: Literal["red", "green"]
    flag: bool
    owner: Owner
    tags: list[Owner] = Field(max_length=2)
    either: int | Owner
    notes: dict[str, int] = {}


def refusal(model: type[BaseModel], body: Any) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(json.dumps(body), strict=True)
    return refused.value


def test_a_document_has_the_members_of_rfc_9457_and_ours() -> None:
    problem = InvalidRequest("Look at it.", errors=[{"pointer": "/amount", "message": "Required"}])
    assert json.loads(problem.document("request-1")) == {
        "type": "/docs/problems#invalid_request",
        "title": "Request body, query or path is invalid",
        "status": 422,
        "detail": "Look at it.",
        "code": "invalid_request",
        "request_id": "request-1",
        "errors": [{"pointer": "/amount", "message": "Required"}],
    }


def test_a_document_leaves_out_what_there_is_nothing_to_say_of() -> None:
    assert sorted(json.loads(InternalError().document("request-1"))) == [
        "code",
        "request_id",
        "status",
        "title",
        "type",
    ]


def test_a_problem_as_an_exception_tells_its_code_and_nothing_else() -> None:
    problem = UnsupportedMediaType("Send the body as something else.", headers={"Retry-After": "1"})
    assert str(problem) == "unsupported_media_type"
    assert repr(problem) == "UnsupportedMediaType('unsupported_media_type')"


def test_headers_of_one_problem_are_its_own() -> None:
    headers = {"Retry-After": "1"}
    problem = Problem(headers=headers)
    headers["Retry-After"] = "2"
    assert problem.headers == {"Retry-After": "1"}
    assert Problem().headers == {}


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ((), ""),
        (("amount",), "/amount"),
        (("tags", 0, "name"), "/tags/0/name"),
        # The table of RFC 6901, section 5.
        (("foo",), "/foo"),
        (("",), "/"),
        (("a/b",), "/a~1b"),
        (("c%d",), "/c%d"),
        (("k\\l",), "/k\\l"),
        (('k"l',), '/k"l'),
        ((" ",), "/ "),
        (("m~n",), "/m~0n"),
        (("~1",), "/~01"),
    ],
)
def test_pointers_are_those_of_rfc_6901(location: tuple[str | int, ...], text: str) -> None:
    assert pointer(location) == text


def test_a_refusal_names_each_member_that_does_not_fit() -> None:
    body = {"amount": 0, "rate": 1.5, "born": "2000-01-01", "flag": True, "owner": {}, "tags": [{"name": "A"}]}
    problem = invalid(refusal(Thing, {**body, "either": 1, "surprise": 1}), "The body does not fit.")
    assert problem.detail == "The body does not fit."
    assert problem.errors == [
        {"pointer": "/amount", "message": "At least 1"},
        {"pointer": "/colour", "message": "Required"},
        {"pointer": "/owner/name", "message": "Required"},
        {"pointer": "/tags/0/name", "message": "This value is not allowed here"},
        {"pointer": "/surprise", "message": "Not known here"},
    ]


def test_an_unknown_members_name_is_left_out_where_it_may_be_a_secret() -> None:
    error = refusal(Owner, {"name": "a", MARKER: 1})
    assert invalid(error, "").errors == [{"pointer": f"/{MARKER}", "message": "Not known here"}]
    assert invalid(error, "", name_unknown=False).errors == [{"pointer": "", "message": "Not known here"}]


def test_a_refused_key_is_pointed_at_where_it_stands() -> None:
    class Labels(BaseModel):
        labels: dict[str, dict[Literal["red"], int]]

    # Pydantic's location ends in '[key]', which is in no document: a pointer must lead somewhere.
    error = refusal(Labels, {"labels": {"one": {"blue": 1}}})
    assert [shown["pointer"] for shown in invalid(error, "").errors] == ["/labels/one/blue"]


def test_a_refusal_shows_twenty_errors_at_most() -> None:
    error = refusal(Owner, {"name": "a", **{f"surprise-{number}": 1 for number in range(30)}})
    shown = invalid(error, "").errors
    assert len(shown) == 20
    assert shown[0] == {"pointer": "/surprise-0", "message": "Not known here"}


MARKED = st.recursive(
    st.sampled_from([MARKER, f"2000-{MARKER}", f" {MARKER} ", None, True, 0, -1.5, 10**30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "x"]), inner, max_size=2),
    max_leaves=5,
)
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys([*Thing.model_fields, "surprise"], MARKED)) | MARKED


@given(BODIES)
def test_a_rejected_value_is_never_sent_back(body: Any) -> None:
    document = invalid(refusal(Thing, body), "The body does not fit.").document("request-1")
    assert MARKER not in document
    assert "1000000000000000000000000000000" not in document


def test_a_type_is_an_absolute_url_of_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_URL", "https://api.test/base/")
    document = json.loads(InvalidRequest().document("request-1"))
    assert document["type"] == "https://api.test/base/docs/problems#invalid_request"
