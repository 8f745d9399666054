"""Memory, connections and open database transactions, looked at now and then."""

import contextlib
import subprocess
import threading
import time
from collections import defaultdict
from pathlib import Path

from postgres import sql

EVERY = 2.0  # seconds
SESSIONS = """select count(*), count(*) filter (where state like 'idle in transaction%')
                from pg_stat_activity where datname = '{}'"""


class Watch(threading.Thread):
    def __init__(self, place) -> None:
        super().__init__(daemon=True)
        self._place = place
        self.stop = threading.Event()
        self.memory: dict[int, list[tuple[float, float]]] = defaultdict(list)  # process -> (time, MB)
        self.kinds: dict[int, str] = {}
        self.sessions: list[tuple[float, int]] = []

    def run(self) -> None:
        while not self.stop.wait(EVERY):
            self.look()

    def look(self) -> None:
        now = time.monotonic()
        for pid, kind in self._place.odoo.processes().items():
            with contextlib.suppress(OSError, StopIteration):
                self.memory[pid].append((now, resident(pid)))
                self.kinds[pid] = kind
        with contextlib.suppress(subprocess.CalledProcessError, ValueError):  # it is being restarted
            self.sessions.append((now, self.database_sessions()[0]))

    def database_sessions(self) -> tuple[int, int]:
        """How many there are, and how many of them idle in a transaction."""
        found = sql(SESSIONS.format(self._place.database), stderr=subprocess.DEVNULL)
        number, idle = map(int, found.split("|"))
        return number, idle

    def since(self, begin: float) -> tuple[dict[int, list[float]], list[int]]:
        """What was seen after a moment: the memory of the processes that lived all the time, and the sessions."""
        memory = {}
        for pid, seen in self.memory.items():
            lived_on = seen[0][0] <= begin and Path("/proc", str(pid)).exists()
            values = [value for at, value in seen if at >= begin]
            if lived_on and values:
                memory[pid] = values
        return memory, [number for at, number in self.sessions if at >= begin]


def resident(pid: int) -> float:
    """MB of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
