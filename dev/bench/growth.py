"""Whether a long queue costs more per mail than a short one, and how much more memory it takes.

`extra_mb` of a length is the peak above what the process had before it began to send; the last row compares the two.
"""

from collections.abc import Iterator
from statistics import median

from cache import say

from .network import mail_server
from .setting import OURS, Setting

FACTOR = 10
CONNECTIONS = 3
GOAL_RATIO, GOAL_MB = 1.1, 20


def growth(at: Setting, mails: int, rounds: int) -> Iterator[dict]:
    """A row for each length, then one that compares them."""
    sizes = (mails, mails * FACTOR)
    found = {size: [] for size in sizes}
    with mail_server("pipeline") as port:
        for number in range(rounds):
            for size in sizes:
                source = at.prepared(OURS, "plain", size)
                result = at.measure(OURS, source, port=port, connections=CONNECTIONS)
                found[size].append(result)
                say(f"round {number + 1}, {size} mails: {1000 * result['seconds'] / size:.2f} ms per mail")
    rows = [row(size, found[size]) for size in sizes]
    yield from rows
    ratios = [(b["seconds"] / sizes[1]) / (a["seconds"] / sizes[0]) for a, b in zip(*found.values(), strict=True)]
    short, long = rows
    more_mb = round(long["extra_mb"] - short["extra_mb"], 1)
    yield {
        "bench": "growth",
        "mails": f"{sizes[1]} / {sizes[0]}",
        "ratio": round(median(ratios), 2),
        "cpu_ratio": round(long["cpu_ms_per_mail"] / short["cpu_ms_per_mail"], 2),
        "extra_mb": more_mb,
        "met": median(ratios) <= GOAL_RATIO and more_mb <= GOAL_MB,
    }


def row(size: int, results: list[dict]) -> dict:
    return {
        "bench": "growth",
        "mails": size,
        "ms_per_mail": round(median(1000 * one["seconds"] / size for one in results), 2),
        "cpu_ms_per_mail": round(median(1000 * one["cpu_seconds"] / size for one in results), 2),
        "sql_per_mail": round(median(one["statements"] / size for one in results), 2),
        "extra_mb": round(median(one["rss_extra_mb"] for one in results), 1),
        "runs": results[0]["runs"],
    }
