"""The servers that the benchmarks send to: each a process of its own, which ends when we do."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from cache import DEV, REPO, end_with_parent, say

sys.path.insert(0, str(REPO / "tests"))

from servers.smtp_sink import available, smtp_sink  # noqa: E402

NET = DEV / "bench" / "net"
PRIORITY = -10
TOLERANCE_MS = 5  # timers are late on a busy machine


class Answering:
    """A process that prints a line when it is ready, and a line of JSON whenever it is asked."""

    def __init__(self, command: list[str], **options) -> None:
        """:param options: of `subprocess.Popen`"""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, **pipes, preexec_fn=end_with_parent, **options)

    def read(self) -> str:
        """:raise SystemExit: if it has ended"""
        if line := self._process.stdout.readline():
            return line
        raise SystemExit(f"dev: {self._process.args[1]} failed")

    def ask(self) -> dict:
        print(file=self._process.stdin, flush=True)
        return json.loads(self.read())


class Program(Answering):
    """One of the programs of net/: it prints its port, and a line of facts when it is asked."""

    def __init__(self, name: str, *arguments) -> None:
        super().__init__([sys.executable, str(NET / name), *map(str, arguments)], start_new_session=True)
        with contextlib.suppress(PermissionError):  # in truth it is elsewhere, and not slower when Odoo is busy
            os.setpriority(os.PRIO_PROCESS, self._process.pid, PRIORITY)
        self.port = int(self.read())

    def stop(self) -> None:
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def program(name: str, *arguments) -> Iterator[Program]:
    found = Program(name, *arguments)
    try:
        yield found
    finally:
        found.stop()


@contextlib.contextmanager
def mail_server(mode: str) -> Iterator[int]:
    """A server that takes everything: `pipeline` is Postfix's smtp-sink, `bdat` our own with CHUNKING."""
    if mode == "bdat":
        with program("sink.py") as sink:
            yield sink.port
        return
    if reason := available():
        raise SystemExit(f"dev: {reason}")
    with smtp_sink() as port:
        yield port


@contextlib.contextmanager
def distant(port: int, rtt_ms: float) -> Iterator[tuple[int, Program | None]]:
    """The same server, so many milliseconds away; at 0 there is nothing in between."""
    if not rtt_ms:
        yield port, None
        return
    with program("forwarder.py", port, rtt_ms) as forwarder:
        forwarder.rtt_ms = check_delay(forwarder.port, rtt_ms)
        forwarder.ask()
        yield forwarder.port, forwarder


def check_delay(port: int, rtt_ms: float) -> float:
    """Three commands in one write must be answered after one round trip, no sooner and not much later. Returns when."""
    measured = median(round_trips(port, 5))
    if not rtt_ms - 1 <= measured <= rtt_ms * 1.1 + TOLERANCE_MS:
        raise SystemExit(f"dev: the forwarder takes {measured:.1f} ms instead of {rtt_ms}")
    say(f"{rtt_ms} ms away: three pipelined commands are answered in {measured:.1f} ms")
    return measured


def round_trips(port: int, times: int) -> list[float]:
    found = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock, sock.makefile("rb") as replies:
        replies.readline()
        for _time in range(times):
            start = time.perf_counter()
            sock.sendall(b"NOOP\r\n" * 3)
            for _reply in range(3):
                replies.readline()
            found.append((time.perf_counter() - start) * 1000)
    return found


def recorded(file: Path) -> list[list]:
    """What a sink with --record has accepted."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
