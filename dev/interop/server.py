"""A mail server in a box: what all of them have in common.

Each takes mail for `dest.test`, refuses `unknown@odoo.test` at RCPT, offers STARTTLS where it can, takes SIZE_LIMIT
bytes, and hands everything on to the next hop, which keeps account of what it really had.
"""

import re
import subprocess
import time
from functools import cached_property
from pathlib import Path

from cache import out
from servers.process import HOST, free_ports, listening, wait_until
from servers.tls import Authority

from .box import Box, image

SIZE_LIMIT = 200_000  # bytes
SENDER = "sales@odoo.test"
GOOD = ("alice@dest.test", "bob@dest.test")
BAD = "unknown@odoo.test"
START_SECONDS = 30


class Server:
    """One that is run. The class is the entry of the list.

    :cvar packages: Debian packages that are installed in the box; the first is the server, whose version is told
    :cvar has_tls: whether STARTTLS can be tried
    :cvar login: user and password, where nobody may send without
    :cvar note: what a reader of the table should know
    """

    title = ""
    packages: tuple[str, ...] = ()
    has_tls = True
    login: tuple[str, str] | None = None
    note = ""
    size_limit = SIZE_LIMIT

    def __init__(self, folder: Path, next_hop: int) -> None:
        self.next_hop = next_hop
        [self.port] = free_ports(1)
        self.box = Box(folder, image(type(self).__name__.lower(), self.packages) if self.packages else None)
        self.files = self.box.files
        self.authority = Authority(self.files / "ca")
        self.certificate = self.authority.good()
        self.configure()

    def configure(self) -> None:
        """Write what it needs into the box."""
        raise NotImplementedError

    def command(self) -> str:
        """The shell command that runs it in the foreground, or that leaves it behind."""
        raise NotImplementedError

    @cached_property
    def version(self) -> str:
        """Asked before it starts."""
        admin = f"--admindir={self.box.changes}/var/lib/dpkg"
        shown = out("dpkg-query", admin, "-W", "-f", "${Version}", self.packages[0])
        return re.sub(r"^\d+:|[+-].*", "", shown)

    def start(self) -> None:
        """Only from the main thread, see Box."""
        self.box.start(self.command())
        wait_until(lambda: self.port in listening() or not self.box.is_running(), START_SECONDS)
        if self.port not in listening():
            self.kill()
            raise RuntimeError(f"{self.title} does not start: {self.log_text()[-1500:]}")

    def kill(self) -> None:
        """End it at once, and everything it has started."""
        self.box.kill()
        wait_until(lambda: self.port not in listening(), 5)

    def restart(self, pause: float = 0.1) -> None:
        """Kill it and start it again, with what it had on its disk."""
        self.kill()
        time.sleep(pause)
        self.start()

    def kept(self, message_ids: list[str]) -> set[str]:
        """Those of these mails that lie somewhere on its disk; its logs do not count."""
        command = ["grep", "-rlaqF", "--exclude=*log*"]
        places = [self.files, self.box.changes]
        return {one for one in message_ids if not subprocess.run([*command, f"<{one}>", *places]).returncode}

    def log_text(self) -> str:
        """What it wrote: to the box's output and to its own logs."""
        logs = [self.box.log, *self.log_files()]
        return "".join(path.read_text(errors="replace") for path in logs if path.exists())

    def log_files(self) -> list[Path]:
        return []


__all__ = ["BAD", "GOOD", "HOST", "SENDER", "SIZE_LIMIT", "Server"]
