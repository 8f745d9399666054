"""What lists, counts and the claim cost when the tables are full."""

import json
from collections.abc import Iterator

from cache import say

from .setting import OURS, Setting

ROWS, WAITING = 200_000, 1_000_000


def read(at: Setting, quick: bool) -> Iterator[dict]:
    at.install()
    rows, waiting = (ROWS // 10, WAITING // 20) if quick else (ROWS, WAITING)
    say(f"filling a database with {rows} mails, then with {waiting} that wait")
    with at.copied(at.base[OURS]) as database:
        results = json.loads(at.run(OURS, database, "read.py", rows=rows, waiting=waiting))
    for result in results:
        plan = result.pop("plan")
        row = {"bench": "read", **result, "met": result["ms"] <= result["goal"]}
        if not row["met"] or not result["what"].startswith("list"):
            row["text"] = [f"{result['what']}, {result['rows']} rows, the slowest statement:\n\n```\n{plan}\n```"]
        yield row
