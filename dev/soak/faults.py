"""What breaks, and when: all of it drawn from the seed."""

import os
import random
import signal
import threading
import time
from collections import Counter
from typing import NamedTuple

from cache import say

from .proxy import FAULTS

CALM = 1 / 3  # of the time, at its end, only the network fails: the processes live on, and their memory can be compared


class Moment(NamedTuple):
    at: float  # seconds from the beginning
    what: str  # a network fault, "" for none, "kill_http", "kill_cron", "restart", "crash"


def schedule(seed: int, seconds: float) -> list[Moment]:
    """All that breaks in so many seconds, in its order.

    >>> [moment.what in FAULTS for moment in schedule(1, 20)][0]
    True
    """
    chance = random.Random(seed)
    found, at = [], 2.0
    while at < seconds - 5:
        found.append(Moment(at, chance.choice(FAULTS)))
        at += chance.uniform(2, 7)
        found.append(Moment(at, ""))
        at += chance.uniform(2, 6)
    stormy = seconds * (1 - CALM)
    for what, least, most in (
        ("kill_cron", 6, 20),
        ("kill_http", 10, 30),
        ("restart", 40, 90),
        ("crash", 40, 90),
    ):
        at = chance.uniform(least, most) / 2
        while at < stormy:
            found.append(Moment(at, what))
            at += chance.uniform(least, most)
    return sorted(found)


class Faults(threading.Thread):
    """Carries the schedule out."""

    def __init__(self, moments: list[Moment], seed: int, place) -> None:
        super().__init__(daemon=True)
        self._moments, self._place = moments, place
        self._chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.stop = threading.Event()

    def run(self) -> None:
        begin = time.monotonic()
        for moment in self._moments:
            if self.stop.wait(max(0.0, begin + moment.at - time.monotonic())):
                return
            self._do(moment.what)

    def _do(self, what: str) -> None:
        if what in ("", *FAULTS):
            for proxy in self._place.proxies:
                proxy.fault = what
        elif what == "restart":
            self._place.cluster.restart()
            self.done[what] += 1
        elif what == "crash":
            self._place.cluster.kill_wal_writer()
            self.done[what] += 1
        else:
            self._kill({"kill_cron": "WorkerCron", "kill_http": "WorkerHTTP"}[what])

    def _kill(self, kind: str) -> None:
        if pids := self._place.odoo.workers(kind):
            os.kill(self._chance.choice(pids), signal.SIGKILL)
            self.done[kind] += 1
        else:
            say(f"no {kind} to kill")
