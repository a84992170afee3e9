"""Prints what the services logged."""

import re
import sys
from datetime import datetime
from pathlib import Path

import boto3

LINES = 100
# Each record of ministack begins so; the lines that follow, such as a traceback, belong to it.
_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+ \[)", re.MULTILINE)


def print_logs(prefix: str, service: str, more: list[tuple[int, str]]) -> None:
    """Print the last `LINES` log lines of the log groups below `prefix`, oldest first.

    Args:
        prefix: such as /dossier/local.
        service: print only this one's; empty for all.
        more: further lines, each with its time in milliseconds.
    """
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
        # A terminal of another encoding gets escapes, and no error.
        print(message.encode(encoding, "backslashreplace").decode(encoding))


def failed_starts(log: Path, stack: str) -> list[tuple[int, str]]:
    """The records of ministack's own log about functions of a stack, each with its time in milliseconds.

    A function that fails as it starts writes no log of its own: its last words are only there.

    Args:
        log: ministack's log, in this machine's time.
        stack: the beginning of the functions' names.
    """
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    found = []
    for record in _RECORD.split(text):
        time, _, words = record.rstrip().partition(" [lambda] ")
        if stack in words:
            happened = datetime.strptime(time[:19], "%Y-%m-%d %H:%M:%S").astimezone()
            lines = [f"[{log.name}] {time[:19]} {line}" for line in words.splitlines()]
            found.append((int(happened.timestamp() * 1000), "\n".join(lines)))
    return found
