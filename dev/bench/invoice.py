"""How long a person waits who sends an invoice from its form: stock Odoo and ours in turn, the same mail server."""

import contextlib
from collections.abc import Iterator
from statistics import median

from cache import CACHE, say

from .network import Answering, mail_server
from .setting import CORE, OURS, Setting

GOAL = 1.1


def invoice(at: Setting, invoices: int, rounds: int) -> Iterator[dict]:
    """Milliseconds from pressing "Send" to the end of the request, in which the mail leaves; its PDF is made before.

    An invoice of the one and an invoice of the other, all the way: a machine that is slow for a while is slow for both.
    The ratio is the median of the pairs'.
    """
    at.install()
    pairs: list[dict[str, dict]] = []
    with mail_server("pipeline") as port:
        for number in range(rounds):
            pairs += _in_turn(at, port, invoices)
            times = ", ".join(f"{engine} {_median(pairs, engine, 'ms'):.1f} ms" for engine in (CORE, OURS))
            say(f"round {number + 1}: {times} an invoice")
    ratio = median(pair[OURS]["ms"] / pair[CORE]["ms"] for pair in pairs)
    yield {
        "bench": "invoice",
        "invoices": len(pairs),
        "core_ms": round(_median(pairs, CORE, "ms"), 1),
        "ours_ms": round(_median(pairs, OURS, "ms"), 1),
        "ratio": round(ratio, 2),
        "core_sql": _median(pairs, CORE, "statements"),
        "ours_sql": _median(pairs, OURS, "statements"),
        "goal": GOAL,
        "met": ratio <= GOAL,
    }


def _median(pairs: list[dict[str, dict]], engine: str, what: str) -> float:
    return median(pair[engine][what] for pair in pairs)


def _in_turn(at: Setting, port: int, invoices: int) -> Iterator[dict[str, dict]]:
    with contextlib.ExitStack() as stack:
        senders = {}
        for engine in (CORE, OURS):
            database = stack.enter_context(at.copied(at.base[engine]))
            command = at.command(engine, database, "invoice.py", port=port, invoices=invoices)
            senders[engine] = stack.enter_context(_Sender(command, env=at.odoo.environment(), cwd=CACHE))
        for sender in senders.values():
            sender.read()  # it is ready
        for number in range(invoices):
            order = (CORE, OURS) if number % 2 else (OURS, CORE)
            yield {engine: senders[engine].ask() for engine in order}


class _Sender(Answering):
    """A process that sends one invoice whenever it is asked."""

    def __enter__(self) -> "_Sender":
        return self

    def __exit__(self, *_error) -> None:
        """:raise SystemExit: if not all that was sent left"""
        with self._process:
            self._process.stdin.close()
        if self._process.returncode:
            raise SystemExit("dev: invoice.py failed")
