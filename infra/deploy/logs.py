"""The logs of services."""

import sys

import boto3

LINES = 100


def print_logs(prefix: str, service: str, more: list[tuple[int, str]]) -> None:
    """Print the last log lines of one or all services below `prefix`, and `more` lines with times in ms."""
    client = boto3.client("logs")
    groups = client.describe_log_groups(logGroupNamePrefix=f"{prefix}/{service}")["logGroups"]
    if not groups and not more:
        print(f"No log lines of {service or 'any service'}.", file=sys.stderr)
        return
    events = list(more)
    for group in groups:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        events += [(event["timestamp"], event["message"].rstrip()) for page in pages for event in page["events"]]
    encoding = sys.stdout.encoding or "utf-8"
    for _, message in sorted(events)[-LINES:]:
        # Escapes instead of an error where the terminal has another encoding.
        print(message.encode(encoding, "backslashreplace").decode(encoding))
