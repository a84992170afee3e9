"""A DynamoDB and a KMS with answers from a can: what a call costs here is always the same.

    python fake_aws.py CORE

Pins itself to a core, reads one line of JSON from stdin, `{<folder>: {<X-Amz-Target>: <answer>}}`, prints its port, and
serves until stdin closes. POST /<folder>/ is an AWS call; GET /<folder>/ tells how often each target was called since
the last GET. Needs nothing but Python.
"""

import json
import os
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32


class FakeAws(ThreadingHTTPServer):
    """Serves bodies by folder and target, and counts."""

    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        """Listen on a free port of the loopback."""
        super().__init__(("127.0.0.1", 0), Connection)
        self.bodies = {
            (folder, target): json.dumps(answer).encode()
            for folder, by_target in answers.items()
            for target, answer in by_target.items()
        }
        self.counts: dict[str, Counter[str]] = {folder: Counter() for folder in answers}


class Connection(BaseHTTPRequestHandler):
    """Answers one client's calls on a connection that stays open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    server: FakeAws

    def do_POST(self) -> None:
        """An AWS call."""
        request = self.rfile.read(int(self.headers["Content-Length"]))
        folder, target = self.path.strip("/"), self.headers["X-Amz-Target"]
        self.server.counts[folder][target] += 1
        body = self.server.bodies.get((folder, target))
        if body is None:
            refusal = {"__type": "UnknownOperationException", "message": f"no canned answer to {target}"}
            self._answer(400, json.dumps(refusal).encode())
        elif target.endswith("TransactGetItems"):
            # One response an item, of those that the can has.
            asked = len(json.loads(request)["TransactItems"])
            self._answer(200, json.dumps({"Responses": json.loads(body)["Responses"][:asked]}).encode())
        else:
            self._answer(200, body)

    def do_GET(self) -> None:
        """What was called since the last time."""
        folder = self.path.strip("/")
        counts, self.server.counts[folder] = self.server.counts[folder], Counter()
        self._answer(200, json.dumps(counts).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Stay silent."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        # As DynamoDB sends them; botocore checks the sum.
        self.send_header("x-amzn-RequestId", "R" * 52)
        self.send_header("x-amz-crc32", str(crc32(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[1])})
    server = FakeAws(json.loads(sys.stdin.readline()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
