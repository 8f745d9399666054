"""Sendmail, the oldest."""

import socket

from .server import HOST, Server

MASTER = """\
divert(0)dnl
OSTYPE(`debian')dnl
define(`confDOMAIN_NAME', `sendmail.odoo.test')dnl
define(`QUEUE_DIR', `{queue}')dnl
define(`SMART_HOST', `esmtp:[{host}]')dnl
define(`RELAY_MAILER', `esmtp')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {next_hop}')dnl
define(`confMAX_MESSAGE_SIZE', `{size}')dnl
define(`confTO_IDENT', `0')dnl
define(`confREFUSE_LA', `10000')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confCACERT', `{authority}')dnl
define(`confCACERT_PATH', `/etc/ssl/certs')dnl
define(`confSERVER_CERT', `{certificate}')dnl
define(`confSERVER_KEY', `{key}')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupReadableKeyFile,GroupWritableDirPathSafe')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Name=MTA, Addr={host}, Port={port}')dnl
LOCAL_DOMAIN(`odoo.test')dnl
RELAY_DOMAIN(`dest.test')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
"""
FOLDER = "/usr/share/sendmail/cf"


class Sendmail(Server):
    title = "Sendmail"
    packages = ("sendmail-bin",)

    def configure(self) -> None:
        # Else it waits a minute for a name of the machine with a dot.
        name = socket.gethostname()
        self.box.write("/etc/hosts", f"{HOST} localhost\n{HOST} {name}.odoo.test {name}\n")
        self.certificate.key.chmod(0o600)  # it takes no key that others can read
        queue = self.files / "queue"
        queue.mkdir(mode=0o700)
        text = MASTER.format(
            host=HOST,
            port=self.port,
            next_hop=self.next_hop,
            size=self.size_limit,
            queue=queue,
            authority=self.authority.ca,
            certificate=self.certificate.certificate,
            key=self.certificate.key,
        )
        (self.files / "sendmail.mc").write_text(text)
        make = f"m4 -D_CF_DIR_={FOLDER}/ {FOLDER}/m4/cf.m4 {self.files}/sendmail.mc > /etc/mail/sendmail.cf"
        self.box.run(f"{make} && chmod 644 /etc/mail/sendmail.cf")

    def command(self) -> str:
        return "mkdir -p /run/sendmail/mta; sendmail-mta -bD -q1s -X /dev/null"
