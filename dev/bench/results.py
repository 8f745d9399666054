"""What the benchmarks print, and the page that keeps it."""

import datetime
import functools
import json
import re
import shlex
import subprocess
import sys

from cache import DEV, REPO, out

PAGE = DEV / "bench" / "RESULTS.md"
HEAD = """# Benchmark results

Written by `python3 dev/dev.py bench … --write`, one section per kind; `dev/bench/__init__.py` says what there is.
Wall time on a busy machine varies up to twofold, so stock Odoo and the module run in turn and the ratio is the median
of the rounds' ratios. The distance is emulated by a TCP forwarder: latency only, neither loss nor limited bandwidth.
"""


@functools.cache
def commit() -> str:
    """Which state of the code is measured: the commit, with "-dirty" where the checkout differs; "unknown" without git.

    What git does not follow does not count, nor does the page, which another run may just have written.
    """
    git = ("git", "-C", REPO)
    try:
        found = out(*git, "rev-parse", "--short", "HEAD", stderr=subprocess.DEVNULL)
        changed = out(*git, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!dev/bench/RESULTS.md")
    except (subprocess.CalledProcessError, OSError):
        return "unknown"
    return f"{found}-dirty" if changed else found


def must_be_clean() -> None:
    """Before anything is measured that the page is to keep.

    :raise SystemExit: nobody could measure the same again
    """
    found = commit()
    if found == "unknown" or found.endswith("-dirty"):
        raise SystemExit(f"dev: --write keeps figures of a commit, and this is {found}: commit your changes first")


def emit(row: dict) -> dict:
    row = {**row, "commit": commit()}
    print(json.dumps(row), flush=True)
    return row


def table(rows: list[dict], columns: list[str]) -> str:
    """A Markdown table, aligned so that a terminal shows it well too."""
    cells = [columns, *([_text(row.get(name)) for name in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _text(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "" if value is None else str(value)


def write(title: str, facts: dict[str, str], rows: list[dict], text: str) -> None:
    """Replace the section of this kind, keep the others.

    :param facts: of the machine
    """
    old = PAGE.read_text() if PAGE.exists() else ""
    sections = dict(re.findall(r"(?ms)^## (.+?)\n(.*?)(?=^## |\Z)", old))
    command = shlex.join(["python3", "dev/dev.py", *sys.argv[1:]])
    facts = {"Date": datetime.date.today().isoformat(), "Command": f"`{command}`", **facts, "Commit": commit()}
    lines = "\n".join(json.dumps(row) for row in rows)
    listed = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    sections[title] = f"\n{listed}\n\n{text}\n\n```json\n{lines}\n```\n\n"
    page = HEAD + "".join(f"\n## {name}\n{section.rstrip()}\n" for name, section in sorted(sections.items()))
    PAGE.write_text(page)
