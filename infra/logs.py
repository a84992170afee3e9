"""Prints what the services logged."""

import sys

import boto3

LINES = 100


def print_logs(prefix: str, service: str) -> None:
    """Print the last `LINES` log lines of the log groups below `prefix`, oldest first.

    Args:
        prefix: such as /dossier/local.
        service: print only this one's; empty for all.
    """
    client = boto3.client("logs")
    groups = client.describe_log_groups(logGroupNamePrefix=f"{prefix}/{service}")["logGroups"]
    if not groups:
        print(f"Nothing is logged by {service or 'any service'}.", file=sys.stderr)
        return
    events = []
    for group in groups:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        events += [(event["timestamp"], event["message"].rstrip()) for page in pages for event in page["events"]]
    for _, message in sorted(events)[-LINES:]:
        print(message)
