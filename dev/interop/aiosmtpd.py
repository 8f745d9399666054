"""A small server made of aiosmtpd, the library that replaced Python's smtpd; from PyPI."""

import json
import re
from functools import cached_property

from cache import DEV
from odoo_install import venv

from .server import HOST, Server

REQUIREMENTS = DEV / "interop" / "pypi" / "requirements.txt"
PROGRAM = DEV / "interop" / "pypi" / "server.py"


class Aiosmtpd(Server):
    title = "aiosmtpd"
    note = "a library: the program around it keeps each mail in a file of its own, synced, before it answers"

    def configure(self) -> None:
        (self.files / "queue").mkdir()
        self._python = venv("venv-interop", REQUIREMENTS) / "python"

    @cached_property
    def version(self) -> str:
        return re.search(r"(?m)^aiosmtpd==(\S+)", REQUIREMENTS.read_text())[1]

    def command(self) -> str:
        facts = {
            "host": HOST,
            "port": self.port,
            "next_hop": self.next_hop,
            "size": self.size_limit,
            "queue": str(self.files / "queue"),
            "key": str(self.certificate.key),
            "certificate": str(self.certificate.certificate),
        }
        return f"{self._python} {PROGRAM} '{json.dumps(facts)}'"
