"""Postfix and Exim: the servers of the tests, configured as there, but in a box and with the next hop behind them."""

import shlex
import subprocess
from functools import cached_property

from cache import out
from servers import exim, postfix

from .server import HOST, Server


class Postfix(Server):
    title = "Postfix"

    def configure(self) -> None:
        onward = f"smtp:[{HOST}]:{self.next_hop}"
        settings = {
            "message_size_limit": str(self.size_limit),
            "virtual_transport": onward,
            "transport_maps": f"inline:{{ {{ dest.test = {onward} }} }}",
            "smtpd_sasl_auth_enable": "no",
        }
        self._postfix = postfix.Postfix(
            self.files / "postfix", authority=self.authority, listeners=("smtp",), settings=settings
        )
        self.port = self._postfix.ports.smtp
        self._postfix.configure()

    @cached_property
    def version(self) -> str:
        return out("postconf", "-c", self._postfix.config, "-h", "mail_version")

    def command(self) -> str:
        return f"postfix -c {shlex.quote(str(self._postfix.config))} start-fg"

    def log_files(self):
        return [self._postfix.maillog]


class Exim(Server):
    title = "Exim"

    def configure(self) -> None:
        if reason := exim.available():
            raise RuntimeError(reason)
        self._exim = exim.Exim(self.files / "exim", self.next_hop, self.authority)
        self.port = self._exim.port
        self._exim.configure()
        file = self._exim.folder / "exim.conf"
        text = file.read_text().replace("  protocol = lmtp\n", "")
        file.write_text(text.replace("message_size_limit = 60M", f"message_size_limit = {self.size_limit}"))

    @cached_property
    def version(self) -> str:
        shown = subprocess.run(self._exim._command("-bV"), check=True, capture_output=True, text=True).stdout
        return shown.split()[2]

    def command(self) -> str:
        return shlex.join(self._exim._command("-bdf", "-q1s"))

    def log_files(self):
        return sorted((self._exim.folder / "log").glob("*log"))
