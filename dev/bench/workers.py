"""How much faster two workers empty the buffer than one: the same mails, each worker a process, as Odoo's are.

Stock Odoo beside them: its queue has one scheduled action, which one worker runs at a time.
"""

from collections.abc import Iterator
from statistics import median

from cache import say

from .network import mail_server
from .send import core_mails, rate, ratios
from .setting import CORE, OURS, Setting

CONNECTIONS = 3
GOAL = 1.6


def workers(at: Setting, shapes, mails: int, rounds: int, count: int) -> Iterator[dict]:
    """Stock Odoo, one worker and `count` in turn, a row for each shape; a ratio is the median of the rounds'."""
    runs = {"core": (CORE, {}), "one": (OURS, {"workers": 1}), "all": (OURS, {"workers": count})}
    for shape in shapes:
        sources = {CORE: at.prepared(CORE, shape, core_mails(mails, 0)), OURS: at.prepared(OURS, shape, mails)}
        found: dict[str, list[dict]] = {who: [] for who in runs}
        with mail_server("pipeline") as port:
            for number in range(rounds):
                for who, (engine, more) in runs.items():
                    result = at.measure(engine, sources[engine], port=port, connections=CONNECTIONS, **more)
                    found[who].append(result)
                    say(f"{shape}, round {number + 1}: {who} {rate(result):.1f} mails/s")
        ratio = median(ratios(found["one"], found["all"]))
        yield {
            "bench": "workers",
            "shape": shape,
            "mails": mails,
            "workers": count,
            **{f"{who}_per_s": round(median(map(rate, results)), 1) for who, results in found.items()},
            "ratio": round(ratio, 2),
            "goal": GOAL,
            "met": ratio >= GOAL,
            "times_core": round(median(ratios(found["core"], found["all"])), 2),
        }
