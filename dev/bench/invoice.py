"""How long a person waits who sends an invoice from its form: stock Odoo and ours in turn, the same mail server."""

from collections.abc import Iterator
from statistics import median

from cache import say

from .network import mail_server
from .setting import CORE, OURS, Setting

GOAL = 1.1


def invoice(at: Setting, invoices: int, rounds: int) -> Iterator[dict]:
    """Milliseconds from pressing "Send" to the end of the request, in which the mail leaves; its PDF is made before."""
    at.install()
    found: dict[str, list[dict]] = {CORE: [], OURS: []}
    with mail_server("pipeline") as port:
        for number in range(rounds):
            for engine, results in found.items():
                results.append(at.measure(engine, at.base[engine], script="invoice.py", port=port, invoices=invoices))
                say(f"round {number + 1}: {engine} {results[-1]['ms']:.1f} ms an invoice")
    pairs = list(zip(found[CORE], found[OURS], strict=True))
    ratio = median(ours["ms"] / core["ms"] for core, ours in pairs)
    yield {
        "bench": "invoice",
        "invoices": invoices,
        **{f"{engine}_ms": round(median(one["ms"] for one in results), 1) for engine, results in found.items()},
        "ratio": round(ratio, 2),
        "core_sql": round(median(core["statements"] for core, _ours in pairs), 1),
        "ours_sql": round(median(ours["statements"] for _core, ours in pairs), 1),
        "goal": GOAL,
        "met": ratio <= GOAL,
    }
