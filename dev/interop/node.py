"""Haraka, and a small server made of nodemailer's smtp-server; both come from npm."""

import json
import re
import shutil
from functools import cached_property
from pathlib import Path

from cache import DEV, key, lock, say, sh

from .box import IMAGES
from .server import HOST, SIZE_LIMIT, Server

PACKAGES = DEV / "interop" / "npm"


def modules() -> Path:
    """The folder node_modules with exactly the packages of the lock file, made once."""
    if not shutil.which("npm"):
        raise RuntimeError("Node.js with npm is not installed")
    folder = IMAGES / f"npm-{key((PACKAGES / 'package-lock.json').read_text())}"
    with lock("interop"):
        if not (folder / "complete").exists():
            say("installing Haraka and smtp-server")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(PACKAGES / name, folder)
            sh("npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", cwd=folder)
            (folder / "complete").touch()
    return folder / "node_modules"


class NodeServer(Server):
    package = ""

    @cached_property
    def version(self) -> str:
        return json.loads((modules() / self.package / "package.json").read_text())["version"]


class Haraka(NodeServer):
    title = "Haraka"
    package = "Haraka"

    def configure(self) -> None:
        folder = self.files / "haraka"
        (folder / "config").mkdir(parents=True)
        (folder / "plugins").mkdir()
        (folder / "queue").mkdir()
        shutil.copy(PACKAGES / "haraka_plugin.js", folder / "plugins/interop.js")
        # What it does not find there is not taken from the usual one.
        usual = (modules() / "Haraka/config/connection.ini").read_text()
        texts = {
            "smtp.ini": f"listen={HOST}:{self.port}\nnodes=0\n",
            "connection.ini": re.sub(r"(?m)^;?\s*bytes\s*=.*", f"bytes={SIZE_LIMIT}", usual),
            "plugins": "tls\ninterop\n",
            "me": "haraka.odoo.test\n",
            "loglevel": "INFO\n",
            "next_hop": f"{self.next_hop}\n",
            "tls_key.pem": self.certificate.key.read_text(),
            "tls_cert.pem": self.certificate.certificate.read_text(),
            "outbound.ini": "enable_tls=false\nlocal_mx_ok=true\n",
            "tls.ini": "",
        }
        for name, text in texts.items():
            (folder / "config" / name).write_text(text)

    def command(self) -> str:
        return f"node {modules() / self.package}/bin/haraka -c {self.files}/haraka"


class SmtpServer(NodeServer):
    title = "smtp-server (nodemailer)"
    package = "smtp-server"
    note = "a library: the program around it keeps each mail in a file of its own, synced, before it answers"

    def configure(self) -> None:
        (self.files / "queue").mkdir()

    def command(self) -> str:
        facts = {
            "host": HOST,
            "port": self.port,
            "nextHop": self.next_hop,
            "size": SIZE_LIMIT,
            "queue": str(self.files / "queue"),
            "key": str(self.certificate.key),
            "cert": str(self.certificate.certificate),
        }
        return f"NODE_PATH={modules()} node {PACKAGES}/smtp_server.js '{json.dumps(facts)}'"
