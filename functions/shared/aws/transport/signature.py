"""Signature Version 4 of requests that are sent without a query.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from functions.shared.aws.transport.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Signer:
    """Signs requests to one service in one region.

    Attributes:
        region: AWS region of the endpoint.
        service: signing name, such as `dynamodb`.
        path: of the endpoint, in its canonical form.
    """

    region: str
    service: str
    path: str = "/"

    def signed(self, headers: Mapping[str, str], body: bytes, credentials: Credentials, at: datetime) -> dict[str, str]:
        """Return the headers of a POST request with its signature.

        Args:
            headers: all headers to sign, with `Host`.
            body: of the request.
            credentials: of the caller.
            at: time of the request in UTC.
        """
        time = at.strftime("%Y%m%dT%H%M%SZ")
        complete = {**headers, "X-Amz-Date": time}
        if credentials.token:
            complete["X-Amz-Security-Token"] = credentials.token
        canonical = sorted((name.lower(), " ".join(value.split())) for name, value in complete.items())
        names = ";".join(name for name, _ in canonical)
        lines = "".join(f"{name}:{value}\n" for name, value in canonical)
        request = f"POST\n{self.path}\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        scope = f"{time[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"{ALGORITHM}\n{time}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        key = _key(credentials.secret, time[:8], self.region, self.service)
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        complete["Authorization"] = (
            f"{ALGORITHM} Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return complete


@lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
