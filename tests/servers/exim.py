"""A private Exim, the other common mail server, with other habits than Postfix.

It announces no ENHANCEDSTATUSCODES, answers `250 OK id=…`, reports every failure as 5.0.0 and leaves ENVID and ORCPT encoded.
Its Debian package cannot be installed beside Postfix: `EXIM_ROOT` names a folder where it lies unpacked.
Domains and mailboxes are those of the Postfix beside it (`postfix.py`).
"""

import os
import pwd
import shlex
import subprocess
from pathlib import Path

from .dovecot import ACCOUNTS, PASSWORD
from .process import HOST, Daemon, free_ports, missing_programs, wait_until
from .tls import Authority

ACCOUNT = "Debian-exim"  # compiled in
LIBRARIES = "usr/lib/x86_64-linux-gnu:usr/lib/aarch64-linux-gnu"
CONFIGURATION = """\
exim_path = {program}
keep_environment = LD_LIBRARY_PATH
primary_hostname = exim.odoo.test
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = {host}
daemon_smtp_ports = {port}
exim_user = {account}
exim_group = {account}
never_users =
deliver_drop_privilege = true
disable_ipv6 = true
dns_again_means_nonexist = *
host_lookup =
rfc1413_query_timeout = 0s
dsn_advertise_hosts = *
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
message_size_limit = 60M
smtp_accept_max = 100
smtp_accept_max_nonmail = 1000
smtp_accept_queue_per_connection = 0
log_selector = +smtp_confirmation
delay_warning = 4s:1h
acl_smtp_rcpt = recipient
acl_smtp_data = accept

begin acl
recipient:
  defer message = Greylisted, please try again later
        local_parts = greylist
  deny  message = Unknown user
        domains = odoo.test
        ! local_parts = {users}
  accept hosts = {host}
  deny  message = relay not permitted

begin routers
unreachable:
  driver = manualroute
  domains = refused.test
  transport = nowhere
  route_list = * {host}
  self = send
mailboxes:
  driver = manualroute
  domains = odoo.test : dest.test
  transport = dovecot
  route_list = * {host}
  self = send

begin transports
nowhere:
  driver = smtp
  port = 9
  allow_localhost
dovecot:
  driver = smtp
  protocol = lmtp
  port = {lmtp}
  allow_localhost
  hosts_avoid_tls = *

begin retry
* quota
* * F,12s,2s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{match{{$auth2}}{{@odoo.test\\$}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{match{{$auth1}}{{@odoo.test\\$}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


def root() -> Path | None:
    folder = os.environ.get("EXIM_ROOT")
    return Path(folder) if folder and Path(folder, "usr/sbin/exim4").exists() else None


def available() -> str | None:
    """Why Exim cannot run here, or None."""
    if root() is None:
        return "no unpacked Exim: EXIM_ROOT names no folder with it"
    if missing := missing_programs("runuser", "useradd", "openssl"):
        return f"not installed: {', '.join(missing)}"
    return None if os.geteuid() == 0 else "only root can change to Exim's account"


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        subprocess.run(["useradd", "-r", "-M", "-s", "/usr/sbin/nologin", ACCOUNT], check=True)
        return pwd.getpwnam(ACCOUNT)


class Exim(Daemon):
    name = "exim"

    def __init__(self, folder: str | Path, lmtp_port: int = 9, authority: Authority | None = None) -> None:
        super().__init__(folder)
        self.authority = authority or Authority(self.folder / "ca")
        self.lmtp_port = lmtp_port
        [self.port] = free_ports(1)

    def listening_ports(self) -> list[int]:
        return [self.port]

    def configure(self) -> None:
        account, certificate = _account(), self.authority.good()
        for name in ("spool", "log"):
            (self.folder / name).mkdir(exist_ok=True)
        for folder in (self.folder, self.folder / "spool", self.folder / "log"):
            os.chown(folder, account.pw_uid, account.pw_gid)
        names = "|".join(address.partition("@")[0] for address in ACCOUNTS if address.endswith("@odoo.test"))
        text = CONFIGURATION.format(
            program=root() / "usr/sbin/exim4",
            folder=self.folder,
            host=HOST,
            port=self.port,
            lmtp=self.lmtp_port,
            account=ACCOUNT,
            certificate=certificate.certificate,
            key=certificate.key,
            password=PASSWORD,
            users=f"\\N^({names})(\\+.*)?$\\N",
        )
        (self.folder / "exim.conf").write_text(text)

    def _command(self, *arguments: str) -> list[str]:
        libraries = ":".join(str(root() / folder) for folder in LIBRARIES.split(":"))
        program = [str(root() / "usr/sbin/exim4"), "-C", str(self.folder / "exim.conf"), *arguments]
        return ["runuser", "-u", ACCOUNT, "--", "env", f"LD_LIBRARY_PATH={libraries}", *program]

    def start_command(self) -> str:
        return shlex.join(self._command("-bd", "-q2s"))

    def pid_file(self) -> Path:
        return self.folder / "exim.pid"

    def queue_ids(self) -> list[str]:
        listing = subprocess.run(self._command("-bpr"), check=True, stdout=subprocess.PIPE, text=True).stdout
        return [line.split()[2] for line in listing.splitlines() if "<" in line]

    def log_text(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("log/*log")))

    def find_in_log(self, text: str, timeout: float = 5) -> list[str]:
        """The log lines that hold a queue id (or any other text); waits for the first."""
        return wait_until(lambda: [line for line in self.log_text().splitlines() if text in line], timeout)
