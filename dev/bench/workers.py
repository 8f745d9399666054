"""How much faster two workers empty the buffer than one: the same mails, each worker a process, as Odoo's are."""

from collections.abc import Iterator
from statistics import median

from cache import say

from .network import mail_server
from .setting import OURS, Setting

CONNECTIONS = 3
GOAL = 1.6


def workers(at: Setting, mails: int, rounds: int, count: int) -> Iterator[dict]:
    """One worker and `count` in turn; the ratio is the median of the rounds'."""
    source = at.prepared(OURS, "plain", mails)
    found: dict[int, list[float]] = {1: [], count: []}
    with mail_server("pipeline") as port:
        for number in range(rounds):
            for how_many, rates in found.items():
                result = at.measure(OURS, source, port=port, connections=CONNECTIONS, workers=how_many)
                rates.append(result["mails"] / result["seconds"])
                say(f"round {number + 1}: {how_many} workers {rates[-1]:.1f} mails/s")
    ratio = median(many / one for one, many in zip(*found.values(), strict=True))
    yield {
        "bench": "workers",
        "mails": mails,
        "workers": count,
        "one_per_s": round(median(found[1]), 1),
        "all_per_s": round(median(found[count]), 1),
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "met": ratio >= GOAL,
    }
