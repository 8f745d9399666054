"""The pictures of the documents, all taken anew: a new demo database, a clock that stands where it stood, a browser."""

import contextlib
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from cache import CACHE, DEV, HERE, REPO, clean_environment, end_with_parent, say
from databases import drop
from demo import mail_servers, make_demo, use_mail_servers
from odoo_install import Odoo
from postgres import postgres
from programs import BROWSER, provide
from servers.process import free_ports, wait_until  # demo.py has put tests/ into the path

DATABASE = f"pictures-{HERE}"
FOLDER = REPO / "static/description"
# In UTC. So a date changes in no picture when it is taken anew.
MOMENT = "2026-11-26 12:30:00"


class OdooThen(Odoo):
    """Odoo, at the moment of the pictures."""

    def command(self, *arguments) -> list[str]:
        python, _option, _odoo, *rest = super().command(*arguments)
        return [python, str(DEV / "picture/at.py"), MOMENT, *rest]


def pictures(names: list[str], keep: bool = False) -> int:
    """Take the pictures of the documents anew, all or those that are named; `keep` the database of the last time."""
    provide(BROWSER)
    with postgres(), mail_servers() as mail:
        odoo = OdooThen()
        if not keep or not _facts().exists():
            drop(odoo, DATABASE)
            make_demo(Odoo(), DATABASE)
            say("setting its times")
            made = odoo.script(DATABASE, "demo_pictures.py", {"MOMENT": MOMENT})
            _facts().write_text(made.splitlines()[-1])
        if mail:
            use_mail_servers(mail, DATABASE)
        with _served(odoo) as address:
            say("taking the pictures")
            command = [odoo.python, DEV / "picture", address, str(free_ports(1)[0]), _facts(), FOLDER, *names]
            return subprocess.run(list(map(str, command)), env=clean_environment()).returncode


def _facts() -> Path:
    """Which records are shown."""
    return CACHE / f"{DATABASE}.json"


@contextlib.contextmanager
def _served(odoo: Odoo) -> Iterator[str]:
    """Odoo at the moment of the pictures; its scheduled actions rest, so that nothing changes meanwhile."""
    port = free_ports(1)[0]
    address = f"http://127.0.0.1:{port}"
    command = odoo.command("server", "-d", DATABASE, "--db-filter", f"^{DATABASE}$", "--http-port", port)
    with tempfile.TemporaryFile() as log:
        run = subprocess.Popen(
            [*command, "--max-cron-threads=0", "--log-level=warn"],
            env=odoo.environment(),
            cwd=CACHE,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent,
        )
        try:
            wait_until(lambda: run.poll() is not None or _answers(address), 120)
            if run.poll() is not None:
                log.seek(0)
                raise SystemExit(f"dev: Odoo does not start:\n{log.read().decode(errors='replace')[-3000:]}")
            yield address
        finally:
            run.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(timeout=20)
            run.kill()
            run.wait()


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/web/login", timeout=60):
        return True
    return False
