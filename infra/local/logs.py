"""Functions that fail at their start, in the log of ministack."""

import re
from datetime import datetime
from pathlib import Path

# The start of each record. Other lines, such as a traceback, belong to the record before them.
_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+ \[)", re.MULTILINE)


def failed_starts(log: Path, stack: str) -> list[tuple[int, str]]:
    """Return the records of ministack's log about functions of a stack, each with its time in milliseconds.

    The output of a function that fails at its start is only there.

    Args:
        log: ministack's log, in this machine's time.
        stack: start of the functions' names.
    """
    try:
        records = _RECORD.split(log.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return []
    found = []
    for record in records:
        time, _, text = record.rstrip().partition(" [lambda] ")
        if stack in text:
            happened = datetime.strptime(time[:19], "%Y-%m-%d %H:%M:%S").astimezone()
            lines = [f"[{log.name}] {time[:19]} {line}" for line in text.splitlines()]
            found.append((int(happened.timestamp() * 1000), "\n".join(lines)))
    return found
