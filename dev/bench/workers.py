"""How much faster two workers empty the buffer than one: the same mails, each worker a process, as Odoo's are.

Stock Odoo beside them: its queue has one scheduled action, which one worker runs at a time.
"""

from collections.abc import Iterator
from statistics import median

from cache import say

from .network import mail_server
from .send import core_mails, rate
from .setting import CORE, OURS, Setting

CONNECTIONS = 3
GOAL = 1.6


def workers(at: Setting, shapes, mails: int, rounds: int, count: int) -> Iterator[dict]:
    """Stock Odoo, one worker and `count` in turn, a row for each shape; a ratio is the median of the rounds'."""
    for shape in shapes:
        sources = {CORE: at.prepared(CORE, shape, core_mails(mails, 0)), OURS: at.prepared(OURS, shape, mails)}
        found: dict[str, list[float]] = {"core": [], "one": [], "all": []}
        with mail_server("pipeline") as port:
            for number in range(rounds):
                for who, rates in found.items():
                    engine = CORE if who == "core" else OURS
                    several = {} if who == "core" else {"workers": count if who == "all" else 1}
                    result = at.measure(engine, sources[engine], port=port, connections=CONNECTIONS, **several)
                    rates.append(rate(result))
                    say(f"{shape}, round {number + 1}: {who} {rates[-1]:.1f} mails/s")
        ratio = _ratio(found["all"], found["one"])
        yield {
            "bench": "workers",
            "shape": shape,
            "mails": mails,
            "workers": count,
            **{f"{who}_per_s": round(median(rates), 1) for who, rates in found.items()},
            "ratio": round(ratio, 2),
            "goal": GOAL,
            "met": ratio >= GOAL,
            "times_core": round(_ratio(found["all"], found["core"]), 2),
        }


def _ratio(rates: list[float], others: list[float]) -> float:
    return median(a / b for a, b in zip(rates, others, strict=True))
