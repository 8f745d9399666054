"""`python3 -m tools.report FILE…`, run from the root of the repository: one JSON object a line per mail.

Contract: the only file here that reads anything. `-` is the standard input. A file that cannot be read is told on
the standard error and makes the exit code 1; the other files are still read.

>>> as_json("x.eml", parse_report(b"Subject: Hi\\n\\n"))
'{"file": "x.eml", "kind": "none", "recipients": [], "message_id": "", "envelope_id": ""}'
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .model import Report
from .parser import parse_report


def as_json(name: str, report: Report) -> str:
    """The line for one mail."""
    recipients = [
        {
            "recipient": one.recipient,
            "status": str(one.status or ""),
            "action": one.action.value if one.action else "",
            "hard": one.hard,
            "diagnostic": one.diagnostic,
        }
        for one in report.recipients
    ]
    line = {
        "file": name,
        "kind": report.kind.value,
        "recipients": recipients,
        "message_id": report.message_id,
        "envelope_id": report.envelope_id,
    }
    return json.dumps(line, ensure_ascii=False)


def main(names: list[str]) -> int:
    """Print the line of each file."""
    status = 0
    for name in names:
        try:
            source = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            print(f"{name}: {error.strerror}", file=sys.stderr)
            status = 1
            continue
        print(as_json(name, parse_report(source)))
    return status


if __name__ == "__main__":  # pragma: no cover (its test runs it as a process of its own)
    sys.exit(main(sys.argv[1:]))
