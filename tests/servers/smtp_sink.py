"""Postfix's `smtp-sink`: a server that takes everything, or fails at one command as its options say.

    with smtp_sink("-q", ".") as port:   # closes the connection after the final dot: outcome unknown

Useful options: `-f RCPT -B '550 5.7.1 No'` (refuse), `-r RCPT -b '452 4.2.2 Full'` (refuse for now), `-q COMMAND`
(disconnect), `-Q COMMAND` (421 and disconnect), `-W .:3` (answer after 3 seconds), `-N` (no DSN), `-A 1` (refuse the data).
The final dot is a command named `.`. Its receipt carries no queue id.
"""

import contextlib
import os
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .process import HOST, Daemon, free_ports, missing_programs


def available() -> str | None:
    """Why smtp-sink cannot run here, or None."""
    return "not installed: smtp-sink (Debian package postfix)" if missing_programs("smtp-sink") else None


class SmtpSink(Daemon):
    name = "smtp-sink"

    def __init__(self, folder: str | Path, *options: str) -> None:
        super().__init__(folder)
        self.options = options
        [self.port] = free_ports(1)

    def listening_ports(self) -> list[int]:
        return [self.port]

    def configure(self) -> None:
        pass

    def start_command(self) -> str:
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = shlex.join(["smtp-sink", *user, *self.options, f"{HOST}:{self.port}", "100"])
        return f"{command} </dev/null & echo $! > '{self.folder}/pid'"

    def pid_file(self) -> Path:
        return self.folder / "pid"

    def log_text(self) -> str:
        return ""


@contextlib.contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """Run one with these options; yields its port."""
    with tempfile.TemporaryDirectory(prefix="smtp-sink-") as folder, SmtpSink(folder, *options) as sink:
        yield sink.port
