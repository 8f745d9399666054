"""How fast an archive of old mails is imported, and how much memory it takes: the goals are of the module's issue.

`extra_mb` is the peak above what the process had before; `peak_mb` is all of it, with Odoo itself.
"""

import json
from collections.abc import Iterator

from cache import say

from .setting import OURS, Setting

GOAL_PER_SECOND, GOAL_MB = 150, 300


def archive(at: Setting, mails: int) -> Iterator[dict]:
    at.install()
    say(f"importing {mails} mails")
    with at.copied(at.base[OURS]) as database:
        found = json.loads(at.run(OURS, database, "archive.py", mails=mails))
    per_second = round(mails / found["seconds"])
    met = per_second >= GOAL_PER_SECOND and found["peak_mb"] <= GOAL_MB and found.pop("state") == "done"
    yield {"bench": "archive", **found, "per_second": per_second, "met": met}
