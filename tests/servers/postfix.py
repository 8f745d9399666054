"""A private Postfix with one listener for every habit of a mail server that a sender can meet.

Domains: `odoo.test` is checked at RCPT (`nobody@odoo.test` is refused); `dest.test` is accepted first and may bounce later
(`nobody@dest.test`, `full@dest.test`); `refused.test` cannot be reached: delayed after 5 s, failed after 12 s. Both
real ones end in Dovecot's mailboxes. Nothing can leave the machine. `REPLIES` lists addresses with an answer of their own.
"""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

from .dovecot import ACCOUNTS
from .postfix_files import LISTENERS, main_cf, master_cf
from .process import Daemon, free_ports, missing_programs, server_environment, wait_until
from .tls import Authority

SIZE_LIMIT = 60_000_000
# What these addresses answer at RCPT; `set_replies()` changes it while the server runs.
REPLIES = {
    "greylist@odoo.test": "450 4.7.1 Greylisted, please try again later",
    "overquota@odoo.test": "452 4.2.2 Mailbox full",
    "disabled@odoo.test": "550 5.2.1 Mailbox disabled",
    "policy@odoo.test": "554 5.7.1 Rejected by policy",
    "shutdown@odoo.test": "421 4.3.2 Service shutting down",  # Postfix then really closes the connection
}


def available() -> str | None:
    """Why Postfix cannot run here, or None."""
    if missing := missing_programs("postfix", "openssl"):
        return f"not installed: {', '.join(missing)}"
    return None if os.geteuid() == 0 else "Postfix must be started by root"


class Postfix(Daemon):
    """`ports.<listener>` for each name in `postfix_files.LISTENERS`; start Dovecot first for AUTH and for mailboxes.

    `divert_to` is a local address that gets every mail for another domain (the demo's customers).
    `settings` are more main.cf lines, `aliases` map an address to others.
    """

    name = "postfix"

    def __init__(
        self,
        folder: str | Path,
        lmtp_port: int = 9,
        sasl_port: int = 9,
        authority: Authority | None = None,
        first_port: int | None = None,
        listeners: tuple[str, ...] = tuple(LISTENERS),
        divert_to: str = "",
        aliases: dict[str, str] | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        super().__init__(folder)
        self.authority = authority or Authority(self.folder / "ca")
        self.lmtp_port, self.sasl_port = lmtp_port, sasl_port
        self.ports = SimpleNamespace(**dict(zip(listeners, free_ports(len(listeners), first_port), strict=True)))
        self.users = [address for address in ACCOUNTS if address.endswith("@odoo.test")] + list(REPLIES)
        self.divert_to, self.aliases, self.settings = divert_to, aliases or {}, settings or {}

    @property
    def config(self) -> Path:
        return self.folder / "etc"

    @property
    def maillog(self) -> Path:
        return self.folder / "maillog"

    def listening_ports(self) -> list[int]:
        return list(vars(self.ports).values())

    def configure(self) -> None:
        for name in ("etc", "spool", "data"):
            (self.folder / name).mkdir(exist_ok=True)
        shutil.chown(self.folder / "data", "postfix")
        self._write_replies(REPLIES)
        diverted = f"if /@/\n!/@(odoo|dest|refused)\\.test$/ {self.divert_to}\nendif\n" if self.divert_to else ""
        (self.config / "divert").write_text(diverted)
        (self.config / "alias").write_text("".join(f"{name} {target}\n" for name, target in self.aliases.items()))
        (self.config / "main.cf").write_text(main_cf(self, {"message_size_limit": str(SIZE_LIMIT), **self.settings}))
        (self.config / "master.cf").write_text(master_cf(vars(self.ports), self.authority))

    def start_command(self) -> str:
        return f"postfix -c {shlex.quote(str(self.config))} start"

    def pid_file(self) -> Path:
        return self.folder / "spool/pid/master.pid"

    def _run(self, *command: str, **options) -> subprocess.CompletedProcess:
        program, *arguments = command
        line = [program, "-c", str(self.config), *arguments]
        return subprocess.run(line, env=server_environment(), cwd="/", text=True, **options)

    # --- what a test asks for ------------------------------------------------------------------

    def _write_replies(self, replies: dict[str, str]) -> None:
        (self.config / "replies").write_text("".join(f"{address} {reply}\n" for address, reply in replies.items()))

    def set_replies(self, replies: dict[str, str]) -> None:
        """From now on these addresses answer so at RCPT (beside `REPLIES`); `OK` lets mail in."""
        self._write_replies({**REPLIES, **replies})
        # A table is read when an smtpd starts; those that wait for a client end at a reload.
        self._run("postfix", "reload", check=True, capture_output=True)

    def queue_ids(self) -> list[str]:
        """The ids of the mails in its queue."""
        listing = self._run("postqueue", "-j", check=True, stdout=subprocess.PIPE)
        return [json.loads(line)["queue_id"] for line in listing.stdout.splitlines()]

    def flush(self) -> None:
        self._run("postqueue", "-f", check=True)

    def empty_queue(self) -> None:
        self._run("postsuper", "-d", "ALL", check=True, capture_output=True)

    def log_text(self) -> str:
        return self.maillog.read_text(errors="replace") if self.maillog.exists() else ""

    def find_in_log(self, text: str, timeout: float = 5) -> list[str]:
        """The log lines that hold a queue id (or any other text); waits for the first."""
        return wait_until(lambda: [line for line in self.log_text().splitlines() if text in line], timeout)
