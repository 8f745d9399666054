"""A PostgreSQL of its own, which may crash. Its settings are a server's, but for fsync, which a power failure needs."""

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cache import ROOT, sh
from postgres import ACCOUNT, INITDB, sql
from programs import postgres_programs

WAL_WRITER = "select pid from pg_stat_activity where backend_type = 'walwriter'"


class Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self._programs = postgres_programs()

    def start(self) -> None:
        self.folder.mkdir()
        if ROOT:
            self.folder.chmod(0o700)
            sh("chown", "postgres:postgres", self.folder)
        sh(self._programs / "initdb", "-D", self.data, *INITDB, cwd="/", stdout=subprocess.DEVNULL, **ACCOUNT)
        self._control("start")

    def _control(self, *words: str) -> None:
        # The machine does not crash here, so what was written to the kernel is safe, and only that: a commit that
        # is not waited for (synchronous_commit off) can be lost, as on a server.
        settings = f"-k {shlex.quote(str(self.folder))} -c listen_addresses= -c fsync=off"
        command = [self._programs / "pg_ctl", "-D", self.data, "-w", "-s", "-l", self.folder / "log", "-o", settings]
        sh(*command, *words, cwd="/", stdout=subprocess.DEVNULL, **ACCOUNT)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            with contextlib.suppress(subprocess.CalledProcessError):  # its server was killed, too
                self._control("-m", "immediate", "stop")

    def restart(self) -> None:
        """As after a crash: nothing is written out before."""
        self._control("-m", "immediate", "restart")

    def kill_wal_writer(self) -> None:
        """Kill the process that writes what was committed without waiting.

        PostgreSQL then ends all sessions and recovers, while its main process lives on.
        """
        with contextlib.suppress(ProcessLookupError, subprocess.CalledProcessError, ValueError):
            os.kill(int(sql(WAL_WRITER, stderr=subprocess.DEVNULL)), signal.SIGKILL)


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """For the time of the block `postgres.sql()` and Odoo use it, too."""
    before = os.environ.get("PGHOST")
    found = Cluster(folder)
    try:
        found.start()
        os.environ["PGHOST"] = str(folder)
        yield found
    finally:
        os.environ.pop("PGHOST", None)
        if before is not None:
            os.environ["PGHOST"] = before
        found.stop()
