"""What it costs to keep each e-mail exactly as it was sent: time of the processor, and bytes.

The same mails are sent with and without it in turn. `cpu_ratio` is the median of the rounds' ratios. `core_bytes` is
what stock Odoo keeps of such a mail when it was sent: rows with their indexes, and files; `kept_bytes` is what comes on
top: the column, with its part of the TOAST table and of the indexes.
"""

import json
from collections.abc import Iterator
from statistics import median

from cache import say

from .network import mail_server
from .setting import CORE, OURS, Setting

CONNECTIONS = 3
GOAL_SIZE, GOAL_CPU = 1.2, 1.05


def exact(at: Setting, shapes, rounds: int, mails: int) -> Iterator[dict]:
    """One row per shape."""
    with mail_server("pipeline") as port:
        for shape in shapes:
            sizes = {engine: stored(at, engine, shape, mails, port) for engine in (CORE, OURS)}
            milliseconds = {False: [], True: []}
            for number in range(rounds):
                for is_on in (False, True) if number % 2 else (True, False):
                    source = at.prepared(OURS, shape, mails)
                    found = at.measure(OURS, source, port=port, connections=CONNECTIONS, keep_exact=is_on)
                    milliseconds[is_on].append(1000 * found["cpu_seconds"] / found["mails"])
                    say(f"{shape}, round {number + 1}, kept: {is_on}: {milliseconds[is_on][-1]:.2f} ms")
            yield row(shape, mails, sizes, milliseconds)


def stored(at: Setting, engine: str, shape: str, mails: int, port: int) -> dict:
    with at.copied(at.prepared(engine, shape, mails)) as database:
        return json.loads(at.run(engine, database, "exact.py", port=port, connections=CONNECTIONS))


def row(shape: str, mails: int, sizes: dict[str, dict], milliseconds: dict[bool, list[float]]) -> dict:
    core, kept = sizes[CORE]["core_bytes"], sizes[OURS]["kept_bytes"]
    off, on = (milliseconds[is_on] for is_on in (False, True))
    ratio = round(median(b / a for a, b in zip(off, on, strict=True)), 3)
    return {
        "bench": "exact",
        "shape": shape,
        "mails": mails,
        "core_bytes": core,
        "kept_bytes": kept,
        "size_ratio": round(kept / core, 2),
        "cpu_ms_off": round(median(off), 2),
        "cpu_ms_on": round(median(on), 2),
        "cpu_ratio": ratio,
        "met": kept <= GOAL_SIZE * core and ratio <= GOAL_CPU,
    }
