"""Structured log: one JSON object in each line, with the request's ids for tracing.

The log contains no personal data: no path (it contains customer ids), no query, no body, no text of an exception.
"""

import json
import logging
import os
import sys
import time
from contextvars import ContextVar
from types import TracebackType
from typing import Any

_request: ContextVar[dict[str, Any]] = ContextVar("request")

logger = logging.getLogger("dossier")

# json.dumps with an argument makes an encoder in each call.
_json = json.JSONEncoder(ensure_ascii=False).encode


class JsonFormatter(logging.Formatter):
    """Log records as JSON: time, level, message, fields of the request and of `extra={"fields": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without newlines, because CloudWatch makes an event of each line."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            **_request.get({}),
            **getattr(record, "fields", {}),
        }
        return _json(entry)


def configure() -> None:
    """Send this project's log to stderr as JSON. LOG_LEVEL is the level, by default INFO."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    # At DEBUG, botocore logs bodies with personal data and plaintext data keys.
    logging.getLogger("botocore").setLevel(logging.INFO)


def start_request(**fields: Any) -> None:
    """Replace the fields of the last request: each line contains these until the next request."""
    _request.set(fields)


def add(**fields: Any) -> None:
    """Add fields to each following line of the request."""
    _request.set({**_request.get({}), **fields})


def count_call() -> None:
    """Count a call of AWS in the request's `aws_calls`."""
    fields = _request.get({})
    fields["aws_calls"] = fields.get("aws_calls", 0) + 1


def embedded_metrics() -> dict[str, Any]:
    """Return the member of the request's line from which CloudWatch makes metrics, if METRICS_NAMESPACE is set.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    namespace = os.environ.get("METRICS_NAMESPACE", "")
    metrics = {"duration_ms": "Milliseconds", "aws_calls": "Count", "cold_start": "Count"}
    directive = {
        "Namespace": namespace,
        "Dimensions": [["service", "route_key", "status_class"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in metrics.items()],
    }
    return {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}} if namespace else {}


def stack(traceback: TracebackType | None) -> list[str]:
    """Return the frames of a traceback as `file:line function`, outermost first, without the exception's text."""
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames
