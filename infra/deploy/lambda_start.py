"""Starts a function as Lambda does, and calls it once with the event from standard input.

    python -I -B infra/deploy/lambda_start.py ARTEFACT HANDLER

It runs in its own process, with the artefact's packages before those of its Python, and needs none of them.
"""

import importlib
import json
import sys
from types import SimpleNamespace

CONTEXT = {
    "aws_request_id": "00000000-0000-0000-0000-000000000000",
    "function_name": "start",
    "function_version": "$LATEST",
    "invoked_function_arn": "arn:aws:lambda:us-east-1:000000000000:function:start",
    "memory_limit_in_mb": "1024",
    "log_group_name": "start",
    "log_stream_name": "start",
    "get_remaining_time_in_millis": lambda: 10_000,
}


def main(artefact: str, handler: str) -> None:
    """Import the handler and call it."""
    sys.path.insert(0, artefact)
    module, _, name = handler.replace("/", ".").rpartition(".")
    function = getattr(importlib.import_module(module), name)
    function(json.load(sys.stdin), SimpleNamespace(**CONTEXT))


if __name__ == "__main__":
    main(*sys.argv[1:])
