"""Bodies of 2.0 events as views see them."""

import base64
import json

import pytest

from tests.support.gateway import Answer, Gateway
from tests.support.greeter import CHANGE, GREET, SECRET, SEND
from tests.support.logs import LogText
from tests.support.problems import code

TEXT = '{"text":"Grüß Gott"}'


def sent(gateway: Gateway, body: str, *, encoded: bool = False, **headers: str) -> Answer:
    """The answer to a body sent just as it is, with these headers and no others."""
    event = gateway.event(SEND, {}, "", {name.replace("_", "-"): value for name, value in headers.items()})
    event |= {"body": body, "isBase64Encoded": encoded}
    answer = gateway.handler(event, None)
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


def test_a_body_arrives_as_a_model(gateway: Gateway) -> None:
    answer = gateway.call(SEND, body=TEXT)
    assert (answer.status, answer.text) == (201, TEXT)
    assert answer.headers["location"] == "greetings/1"


def test_a_base64_body_is_decoded(gateway: Gateway) -> None:
    encoded = base64.b64encode(TEXT.encode()).decode()
    answer = sent(gateway, encoded, encoded=True, content_type="application/json")
    assert (answer.status, answer.text) == (201, TEXT)


def test_a_base64_body_that_is_not_utf_8_is_malformed(gateway: Gateway) -> None:
    encoded = base64.b64encode(b'{"text":"Gr\xfc\xdf Gott"}').decode()
    assert sent(gateway, encoded, encoded=True).status == 400


def test_a_body_without_a_media_type_is_taken_for_json(gateway: Gateway) -> None:
    assert sent(gateway, TEXT).status == 201


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", " application/json ;q=1"],
)
def test_json_is_taken_however_it_is_declared(gateway: Gateway, media_type: str) -> None:
    assert sent(gateway, TEXT, content_type=media_type).status == 201


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "application/xml",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/problem+json",
        "*/*",
        "text/plain, application/json",
    ],
)
def test_another_media_type_is_415_and_says_what_is_taken(gateway: Gateway, media_type: str) -> None:
    answer = gateway.call(SEND, body=TEXT, headers={"Content-Type": media_type})
    assert code(answer) == (415, "unsupported_media_type")
    assert answer.json["detail"] == "Send the body as Content-Type: application/json."


@pytest.mark.parametrize("charset", ["iso-8859-1", '"utf-16"', "ascii; x=y"])
def test_another_charset_is_415(gateway: Gateway, charset: str) -> None:
    answer = gateway.call(SEND, body=TEXT, headers={"Content-Type": f"application/json; charset={charset}"})
    assert code(answer) == (415, "unsupported_media_type")
    assert answer.json["detail"] == "Send the body in UTF-8."


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_utf_8_may_be_named(gateway: Gateway, charset: str) -> None:
    content_type = {"Content-Type": f"application/json; charset={charset}"}
    assert gateway.call(SEND, body=TEXT, headers=content_type).status == 201


@pytest.mark.parametrize("media_type", ["application/a+json", "text/b"])
def test_a_route_may_take_other_media_types(gateway: Gateway, media_type: str) -> None:
    answer = gateway.call(CHANGE, body={"level": 5}, headers={"content-type": media_type})
    assert (answer.status, answer.json) == (200, {"level": 5})
    refused = gateway.call(CHANGE, body={"level": 5})
    assert refused.json["detail"] == "Send the body as Content-Type: application/a+json or text/b."


@pytest.mark.parametrize("level", ['"5"', "5.5", "1e999", "true", "[5]"])
def test_a_value_of_another_type_is_not_converted(gateway: Gateway, level: str) -> None:
    answer = gateway.call(CHANGE, body=f'{{"level":{level}}}', headers={"content-type": "text/b"})
    assert code(answer) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/level"]


@pytest.mark.parametrize("level", ["700.0", "7e2", "700", "7.00E+2"])
def test_a_number_without_a_fraction_is_an_integer_however_it_is_written(gateway: Gateway, level: str) -> None:
    # JSON Schema 2020-12, section 6.1.1.
    answer = gateway.call(CHANGE, body=f'{{"level":{level}}}', headers={"content-type": "text/b"})
    assert (answer.status, answer.text) == (200, '{"level":700}')


def test_a_body_in_another_encoding_than_utf_8_is_400(gateway: Gateway) -> None:
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        body = base64.b64encode(TEXT.encode(encoding)).decode()
        assert sent(gateway, body, encoded=True).status == 400


@pytest.mark.parametrize("route_key", [GREET, "GET /health/greeter"])
def test_a_media_type_without_a_body_does_no_harm(gateway: Gateway, route_key: str) -> None:
    # `curl -d` and load tools send one with every request.
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert gateway.call(route_key, path={"name": "ada"}, headers=headers).status == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "{'text':'a'}",
        '{"text":"a"}{',
        '{"text":"a",}',
        '{"text":"\ttab"}',
        '{"text":"\\ud800"}',
        "\ufeff{}",
        "[" * 5000,
        "nul",
        "01",
        "// a\n{}",
    ],
)
def test_what_is_not_json_is_400(gateway: Gateway, text: str) -> None:
    assert code(gateway.call(SEND, body=text)) == (400, "malformed_body")


@pytest.mark.parametrize("text", ["NaN", '{"text":NaN}', '{"text":-Infinity}', '{"text":NaN' + "[" * 5000])
def test_numbers_that_only_javascript_knows_are_not_json(gateway: Gateway, text: str) -> None:
    assert code(gateway.call(SEND, body=text)) == (400, "malformed_body")


@pytest.mark.parametrize("text", ['{"text":"NaN"}', '{"text":"to Infinity"}'])
def test_their_names_are_text_like_any_other(gateway: Gateway, text: str) -> None:
    assert gateway.call(SEND, body=text).text == text


def test_no_body_at_all_is_400(gateway: Gateway) -> None:
    assert code(gateway.call(SEND)) == (400, "malformed_body")


@pytest.mark.parametrize("text", ["null", "[]", '"a"', "1", "true", "{}", '{"text":1}', '{"text":"a","more":1}'])
def test_json_that_does_not_fit_is_422(gateway: Gateway, text: str) -> None:
    assert code(gateway.call(SEND, body=text)) == (422, "invalid_request")


def test_a_body_may_have_32_kib_and_not_a_byte_more(gateway: Gateway) -> None:
    around = len('{"text":""}')
    most = json.dumps({"text": "a" * (32 * 1024 - around)}, separators=(",", ":"))
    assert gateway.call(SEND, body=most).status == 201
    refused = gateway.call(SEND, body=most + " ")
    assert code(refused) == (413, "body_too_large")
    assert refused.json["detail"] == "The body has 32,769 bytes. Send at most 32,768 bytes (32 KiB)."


def test_a_bodys_size_is_counted_in_bytes(gateway: Gateway) -> None:
    body = json.dumps({"text": "é" * 17_000}, ensure_ascii=False)
    assert len(body) < 32 * 1024
    assert code(gateway.call(SEND, body=body)) == (413, "body_too_large")


def test_a_large_body_is_refused_before_it_is_parsed(gateway: Gateway) -> None:
    assert code(gateway.call(SEND, body="{" * 6_000_000)) == (413, "body_too_large")


def test_a_rejected_value_is_in_neither_answer_nor_log(gateway: Gateway, log_text: LogText) -> None:
    for body in ({"text": [SECRET]}, {"text": "a", "more": SECRET}, f'{{"text":"{SECRET}', SECRET):
        answer = gateway.call(SEND, body=body)
        assert answer.status in {400, 422}
        assert SECRET not in answer.text
    assert SECRET not in log_text.getvalue()


@pytest.mark.parametrize(
    "body",
    ['{"text":"a","text":"b"}', '{"text":"a","text":"a"}', '{"text":{"x":1,"x":2}}', '[{"text":1,"te\\u0078t":2}]'],
)
def test_a_member_that_is_named_twice_is_refused_as_readers_differ_on_which_counts(gateway: Gateway, body: str) -> None:
    answer = gateway.call(SEND, body=body)
    assert code(answer) == (400, "malformed_body")
    assert answer.json["detail"] == "Name each member of an object once."


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "", "x"])
def test_a_content_coding_is_415_and_the_answer_names_the_accepted_one(gateway: Gateway, coding: str) -> None:
    answer = gateway.call(SEND, body=TEXT, headers={"Content-Encoding": coding})
    assert code(answer) == (415, "unsupported_media_type")
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", ["identity", "Identity", " identity "])
def test_the_identity_coding_is_accepted(gateway: Gateway, coding: str) -> None:
    assert gateway.call(SEND, body=TEXT, headers={"Content-Encoding": coding}).status == 201
