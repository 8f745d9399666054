"""The whole site: Dovecot and Postfix together, as the tests and the demo use them.

with MailSite() as site:
    site.postfix.ports.submission, site.dovecot.messages("alice@odoo.test"), site.authority.ca

site = shared_site()   # one for the whole test run: started at the first call, stopped when Python ends
"""

import atexit
import contextlib
import functools
import shutil
import tempfile
from pathlib import Path

from . import dovecot, postfix
from .tls import Authority


def available() -> str | None:
    """Why the site cannot run here, or None."""
    return postfix.available() or dovecot.available()


class MailSite:
    """Without a folder it lives in a temporary one, which `stop()` removes. `options` go to Postfix."""

    def __init__(self, folder: str | Path | None = None, first_port: int | None = None, **options) -> None:
        self._temporary = not folder
        self.folder = Path(folder or tempfile.mkdtemp(prefix="mail-site-"))
        self.authority = Authority(self.folder / "ca")
        self.dovecot = dovecot.Dovecot(self.folder / "dovecot", self.authority, first_port=first_port)
        ports = {"lmtp_port": self.dovecot.lmtp_port, "sasl_port": self.dovecot.sasl_port}
        first_port = first_port and max(self.dovecot.listening_ports()) + 1
        self.postfix = postfix.Postfix(
            self.folder / "postfix", authority=self.authority, first_port=first_port, **ports, **options
        )

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self.stop()

    def start(self) -> None:
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            self.dovecot.start()
            self.postfix.start()
            undo.pop_all()

    def stop(self) -> None:
        self.postfix.ask_to_stop()
        self.dovecot.ask_to_stop()  # both take a second or two
        self.postfix.stop()
        self.dovecot.stop()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def shared_site() -> MailSite:
    site = MailSite()
    site.start()
    atexit.register(site.stop)
    return site
