"""What lists, counts and the claim cost when the tables are full.

`sql_ms` is what the database takes for it, and what the goals are about; `ms` is the whole answer to the web client, in
which Odoo makes 80 records of the rows. `core_ms` is the same list in stock Odoo.
"""

import json
from collections.abc import Iterator

from cache import say

from .setting import CORE, OURS, Setting

ROWS, WAITING = 200_000, 1_000_000


def read(at: Setting, quick: bool) -> Iterator[dict]:
    at.install()
    rows, waiting = (ROWS // 10, WAITING // 20) if quick else (ROWS, WAITING)
    stock = {one["what"]: one["ms"] for one in measured(at, CORE, rows, 0)}
    for result in measured(at, OURS, rows, waiting):
        plan, core_ms = result.pop("plan"), stock.get(result["what"])
        row = {"bench": "read", **result, "core_ms": core_ms}
        row["ratio"] = round(core_ms / result["ms"], 2) if core_ms else None
        if not row["met"] or result["what"].startswith(("claim", "count")):
            row["text"] = [f"{result['what']}, {result['rows']} rows, the slowest statement:\n\n```\n{plan}\n```"]
        yield row


def measured(at: Setting, engine: str, rows: int, waiting: int) -> list[dict]:
    say(f"{engine}: filling a database with {rows} mails" + (f", then with {waiting} that wait" if waiting else ""))
    with at.copied(at.base[engine]) as database:
        return json.loads(at.run(engine, database, "read.py", rows=rows, waiting=waiting))
