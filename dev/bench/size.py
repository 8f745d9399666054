"""What mails take in the database and the filestore, before and after retention, and how fast their content goes.

Each mail has a text of 10 kB of its own (as sent, and in its message), a PDF of 20 kB of its own, one recipient and
one attempt with its dialogue; where 200 000 are dropped, text and PDF have 1.5 kB. `kb_…` are kilobytes
a mail of what is in use: the tables with their indexes, and the files. While the content goes, another process writes a
mail of the same company each 20 ms, as a user does; `write_ms` is the longest that it took. `left`: what it was just
writing, for the next run. `evidence_per_s`: mails whose evidence goes, looked at for 20 seconds.
"""

import json
import time
from collections.abc import Iterator

from cache import MODULE, say
from databases import QUIET

from .setting import CORE, OURS, Setting

SIZES, DROPPED = 100_000, 200_000
BODY, PDF, SMALL = 10_000, 20_000, 1_500  # bytes
GOAL_INSTALL, GOAL_WRITE_MS = 60, 1000  # seconds; milliseconds


def size(at: Setting, mails: int | None, quick: bool) -> Iterator[dict]:
    measured, dropped = (mails or (2_000 if quick else SIZES)), (2 * mails if mails else 4_000 if quick else DROPPED)
    yield installed(at, measured)
    at.install()
    for what, count, body, pdf in (("sizes", measured, BODY, PDF), ("content dropped", dropped, SMALL, SMALL)):
        say(f"{what}: {count} mails")
        with at.copied(at.base[OURS]) as database:
            printed = at.run(OURS, database, "size.py", role="retention", mails=count, body=body, pdf=pdf)
        found = json.loads(printed)
        yield {"bench": "size", "what": what, "mails": count, **found, "met": found["write_ms"] <= GOAL_WRITE_MS}


def installed(at: Setting, mails: int) -> dict:
    """How long it takes to install the module where so many mails are already."""
    seconds = {}
    for count in (0, mails):
        with at.copied(at.base[CORE]) as database:
            if count:
                at.run(CORE, database, "size.py", role="fill", mails=count, body=BODY, pdf=0)
            say(f"installing over {count} mails")
            begin = time.perf_counter()
            at.odoo("server", "-d", database, "-i", MODULE, *QUIET)
            seconds[count] = round(time.perf_counter() - begin, 1)
    row = {"bench": "size", "what": "installed over", "mails": mails, "seconds": seconds[mails]}
    return {**row, "empty_seconds": seconds[0], "met": seconds[mails] <= GOAL_INSTALL}
