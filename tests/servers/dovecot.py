"""A private Dovecot: IMAP, LMTP (Postfix delivers through it) and SASL (Postfix asks it about passwords)."""

import email
import email.policy
import os
import shutil
from email.message import EmailMessage
from pathlib import Path

from .process import HOST, Daemon, free_ports, missing_programs, wait_until
from .tls import Authority

PASSWORD = "secret"
MAIL_USER = "mail"  # every Debian has this account; it owns the mailboxes
# address -> more fields of Dovecot's user database
ACCOUNTS = {
    "sales@odoo.test": "",
    "bounce@odoo.test": "",
    "catchall@odoo.test": "",
    "alice@odoo.test": "",
    "bob@odoo.test": "",
    "customers@odoo.test": "",
    "alice@dest.test": "",
    "bob@dest.test": "",
    "full@dest.test": "userdb_quota_rule=*:storage=10K",
}
# Of the namespace with the inbox.
WITH_SPECIAL_USE = """\
  separator = /
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }"""
WITH_PREFIX = """\
  separator = .
  prefix = INBOX."""
# Dovecot 2.3 wants every block on several lines.
CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
listen = {host}
protocols = imap lmtp
mail_uid = {user}
mail_gid = {user}
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_verbose = yes
mail_location = maildir:~/Maildir
mail_plugins = quota
recipient_delimiter = +
mail_max_userip_connections = 100
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
  default_fields = uid={user} gid={user} home={folder}/mail/%d/%n
}}
namespace inbox {{
  inbox = yes
{inbox}
}}
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = maildir:User quota
  quota_rule = *:storage=1G
}}
# Else each bad password makes the next login slower, by two seconds and more.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  process_min_avail = 2
  inet_listener lmtp {{
    address = {host}
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener sasl {{
    address = {host}
    port = {sasl}
  }}
}}
"""


def available() -> str | None:
    """Why Dovecot cannot run here, or None."""
    if missing := missing_programs("dovecot", "openssl"):
        return f"not installed: {', '.join(missing)}"
    if not Path("/usr/lib/dovecot/imap").exists() or not Path("/usr/lib/dovecot/lmtp").exists():
        return "not installed: dovecot-imapd, dovecot-lmtpd"
    return None if os.geteuid() == 0 else "Dovecot must be started by root"


class Dovecot(Daemon):
    """Accounts `ACCOUNTS` (and `accounts`), all with the password `PASSWORD`. Ports: imap, imaps, lmtp, sasl."""

    name = "dovecot"

    def __init__(
        self,
        folder: str | Path,
        authority: Authority | None = None,
        accounts: dict[str, str] | None = None,
        first_port: int | None = None,
        inbox: str = WITH_SPECIAL_USE,
    ) -> None:
        super().__init__(folder)
        self.inbox = inbox
        self.authority = authority or Authority(self.folder / "ca")
        self.accounts = {**ACCOUNTS, **(accounts or {})}
        self.imap_port, self.imaps_port, self.lmtp_port, self.sasl_port = free_ports(4, first_port)

    def listening_ports(self) -> list[int]:
        return [self.imap_port, self.imaps_port, self.lmtp_port, self.sasl_port]

    def configure(self) -> None:
        lines = (f"{address}:{{PLAIN}}{PASSWORD}::::::{more}\n" for address, more in self.accounts.items())
        (self.folder / "users").write_text("".join(lines))
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir(exist_ok=True)
        shutil.chown(self.folder / "mail", MAIL_USER, MAIL_USER)
        certificate = self.authority.good()
        text = CONFIGURATION.format(
            folder=self.folder,
            host=HOST,
            user=MAIL_USER,
            inbox=self.inbox,
            certificate=certificate.certificate,
            key=certificate.key,
            imap=self.imap_port,
            imaps=self.imaps_port,
            lmtp=self.lmtp_port,
            sasl=self.sasl_port,
        )
        (self.folder / "dovecot.conf").write_text(text)

    def start_command(self) -> str:
        return f"dovecot -c '{self.folder}/dovecot.conf'"

    def pid_file(self) -> Path:
        return self.folder / "run/master.pid"

    def log_text(self) -> str:
        log = self.folder / "dovecot.log"
        return log.read_text(errors="replace") if log.exists() else ""

    # --- mailboxes, read where they lie --------------------------------------------------------

    def maildir(self, user: str, mailbox: str = "INBOX") -> Path:
        name, domain = user.split("@")
        folder = self.folder / "mail" / domain / name / "Maildir"
        return folder if mailbox == "INBOX" else folder / f".{mailbox.replace('/', '.')}"

    def _files(self, user: str, mailbox: str) -> list[Path]:
        folder = self.maildir(user, mailbox)
        files = [path for part in ("cur", "new") if (folder / part).is_dir() for path in (folder / part).iterdir()]
        return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def raw_messages(self, user: str, mailbox: str = "INBOX") -> list[bytes]:
        return [path.read_bytes() for path in self._files(user, mailbox)]

    def messages(self, user: str, mailbox: str = "INBOX") -> list[EmailMessage]:
        """The mails of a mailbox, oldest first."""
        return [email.message_from_bytes(raw, policy=email.policy.SMTP) for raw in self.raw_messages(user, mailbox)]

    def wait_for_messages(self, user: str, count: int = 1, timeout: float = 20) -> list[EmailMessage]:
        wait_until(lambda: len(self._files(user, "INBOX")) >= count, timeout)
        return self.messages(user)

    def clear(self, *users: str) -> None:
        """Empty the inboxes of these accounts, or of all."""
        for user in users or self.accounts:
            for path in self._files(user, "INBOX"):
                path.unlink(missing_ok=True)
