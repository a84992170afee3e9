"""Our signatures equal botocore's, byte for byte."""

import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.shared.aws.transport.credentials import Credentials
from functions.shared.aws.transport.signature import Signer

RANDOM_REQUESTS = 10_000
VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F))
REGIONS = ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "ap-southeast-7"]
SERVICES = ["dynamodb", "kms", "events", "ssm"]
START = datetime(2000, 1, 1, tzinfo=UTC)
SECONDS = 100 * 365 * 86_400


@dataclass(frozen=True)
class Request:
    """A request to sign."""

    headers: dict[str, str]
    body: bytes
    keys: tuple[str, str, str]
    region: str
    service: str
    at: datetime
    path: str = "/"


TEXT = st.text(VISIBLE + " ", max_size=40)
KEYS = st.text(VISIBLE, min_size=1, max_size=60)
REQUESTS = st.builds(
    Request,
    headers=st.dictionaries(st.from_regex(r"X-Test-[a-z0-9-]{1,12}", fullmatch=True), TEXT, max_size=4),
    body=st.binary(max_size=300),
    keys=st.tuples(KEYS, KEYS, st.one_of(st.just(""), KEYS)),
    region=st.sampled_from(REGIONS),
    service=st.sampled_from(SERVICES),
    path=st.sampled_from(["/", "/dynamodb", "/a/b-1/"]),
    at=st.integers(0, SECONDS).map(lambda seconds: START + timedelta(seconds=seconds)),
)


def any_request(random: Random) -> Request:
    """Return a random request."""

    def text(characters: str, least: int, most: int) -> str:
        return "".join(random.choices(characters, k=random.randint(least, most)))

    return Request(
        headers={f"X-Test-{name}": text(VISIBLE + "  ", 0, 40) for name in random.sample(string.ascii_lowercase, 3)},
        body=random.randbytes(random.randint(0, 300)),
        keys=(text(VISIBLE, 1, 60), text(VISIBLE, 1, 60), text(VISIBLE, 0, 60)),
        region=random.choice(REGIONS),
        service=random.choice(SERVICES),
        at=START + timedelta(seconds=random.randint(0, SECONDS)),
    )


@pytest.fixture(scope="module")
def botocores() -> Callable[[Request], dict[str, str]]:
    """A function that returns the headers of a request with botocore's signature."""

    def sign(request: Request) -> dict[str, str]:
        key_id, secret, token = request.keys
        signer = auth.SigV4Auth(BotocoreCredentials(key_id, secret, token or None), request.service, request.region)
        sent = AWSRequest("POST", f"https://aws.test{request.path}", headers=headers_of(request), data=request.body)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(auth, "get_current_datetime", lambda: request.at)
            signer.add_auth(sent)
        return dict(sent.headers.items())

    return sign


def headers_of(request: Request) -> dict[str, str]:
    """Return the headers that both signers receive."""
    return {"Host": "aws.test", "Content-Type": "application/x-amz-json-1.0", **request.headers}


def ours(request: Request) -> dict[str, str]:
    """Return the headers of a request with our signature."""
    signer = Signer(request.region, request.service, request.path)
    return signer.signed(headers_of(request), request.body, Credentials(*request.keys), request.at)


@settings(max_examples=200)
@given(request=REQUESTS)
def test_a_signature_equals_botocores(botocores: Callable[[Request], dict[str, str]], request: Request) -> None:
    assert ours(request) == botocores(request)


def test_signatures_of_many_random_requests_equal_botocores(botocores: Callable[[Request], dict[str, str]]) -> None:
    random = Random(20261128)  # noqa: S311 - no secret
    for _ in range(RANDOM_REQUESTS):
        request = any_request(random)
        assert ours(request) == botocores(request), request
