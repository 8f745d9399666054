"""The servers: PostgreSQL, Postfix and Dovecot, Odoo with its workers, and the network between them."""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from cache import CACHE, HERE, MODULE, REPO, ROOT, end_with_parent, lock, say, sh
from databases import QUIET, template
from odoo_install import NOWHERE, Odoo
from postgres import connection, postgres
from programs import MAIL, PRINT, postgres_programs, provide

from .cluster import Cluster, cluster
from .proxy import Proxy

sys.path.insert(0, str(REPO / "tests"))

from servers import site as mail_site  # noqa: E402
from servers.dovecot import PASSWORD  # noqa: E402
from servers.process import free_ports, wait_until  # noqa: E402

DATABASE = "soak"
FOLDER = CACHE / f"soak-{HERE}"
LOG = CACHE / f"{HERE}-soak.log"
LISTENERS = ("submission", "smtp")
# Postfix tries long enough, however busy the machine. Dovecot names the address only of a mail that is for one alone.
POSTFIX = {
    "maximal_queue_lifetime": "10m",
    "bounce_queue_lifetime": "10m",
    "delay_warning_time": "0",
    "lmtp_destination_recipient_limit": "1",
}
# Two clerks may print at once, and what prints asks Odoo for its styles: a third must be free.
WORKERS = ("--workers", 3, "--max-cron-threads", 1)
LAUNCHER = FOLDER / "odoo"
LAUNCHER_TEXT = "import odoo.cli\n\nif __name__ == '__main__':\n    odoo.cli.main()\n"
ALIVE = re.compile(r"Worker (\w+) \((\d+)\) alive")


class OdooServer(threading.Thread):
    """The processes of one Odoo: three workers for people, one for scheduled actions, and what leads them.

    The leading one ends when it meets a database that is away, so it is started again, as a service is.
    """

    def __init__(self, odoo: Odoo, port: int) -> None:
        super().__init__(daemon=True)
        self._odoo, self._port = odoo, port
        self.address = f"http://127.0.0.1:{port}"
        self.restarts = 0
        self._is_stopping = threading.Event()
        self._log = LOG.open("w")

    def begin(self) -> None:
        self._launch()
        self.start()
        if not wait_until(self._answers, 120, 0.5):
            raise SystemExit(f"dev: Odoo does not answer, its log is {LOG}")

    def run(self) -> None:
        while not self._is_stopping.wait(0.5):
            if self._process.poll() is not None:
                self.restarts += 1
                self._end_workers()
                self._launch()

    def _launch(self) -> None:
        [gevent] = free_ports(1, self._port + 1)
        ports = ("--http-port", self._port, "--gevent-port", gevent)
        arguments = ("-d", DATABASE, "--db-filter", f"^{DATABASE}$", *ports, *WORKERS)
        python, _m, _odoo, *words = self._odoo.command("server", *arguments)
        LAUNCHER.write_text(LAUNCHER_TEXT)  # it starts itself again, for the bus, by its file
        self._process = subprocess.Popen(
            [python, LAUNCHER, *words],
            env=self._odoo.environment(),
            cwd=CACHE,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.address}/web/health", timeout=5) as answer:
            return answer.status == 200
        return False

    def _end_workers(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        self._is_stopping.set()
        self.join()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=20)
        self._end_workers()
        self._process.wait()
        self._log.close()

    def processes(self) -> dict[int, str]:
        """The number of each worker that lives, and what it is."""
        names = {int(pid): name for name, pid in ALIVE.findall(LOG.read_text(errors="replace"))}
        return {pid: names[pid] for pid in _children(self._process.pid) if pid in names}

    def workers(self, kind: str) -> list[int]:
        return [pid for pid, name in self.processes().items() if name == kind]


def _children(parent: int) -> list[int]:
    with contextlib.suppress(OSError):  # it has ended
        return list(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()))
    return []


class Place:
    """What a run has; :func:`place` makes it."""

    database = DATABASE

    def __init__(self, odoo: OdooServer, site: mail_site.MailSite, proxies: list[Proxy], own: Cluster) -> None:
        self.odoo, self.site, self.proxies, self.cluster = odoo, site, proxies, own


@contextlib.contextmanager
def place(port: int, chance: random.Random) -> Iterator[Place]:
    """All servers for the time of the block."""
    if ROOT:
        provide({**MAIL, **PRINT}, required=False)
    if reason := mail_site.available():
        raise SystemExit(f"dev: {reason}")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock(f"soak-{HERE}", wait=False))
        except BlockingIOError:
            raise SystemExit("dev: it is running already for this checkout") from None
        _clear()
        stack.callback(_clear)
        FOLDER.mkdir()
        with postgres():
            odoo, dump = _copy_template()
        own = stack.enter_context(cluster(FOLDER / "pg"))
        stack.callback(_keep_logs)
        site = stack.enter_context(mail_site.MailSite(FOLDER / "mail", listeners=LISTENERS, settings=POSTFIX))
        ports = site.postfix.ports
        proxies = [Proxy(ports.submission, chance, is_encrypted=True), Proxy(ports.smtp, chance, is_encrypted=False)]
        for proxy in proxies:
            proxy.start()
            stack.callback(proxy.stop)
        server = OdooServer(odoo, port)
        _make_database(odoo, dump, server, proxies, site)
        say("starting Odoo")
        stack.callback(server.stop)
        server.begin()
        yield Place(server, site, proxies, own)


def keep_database() -> Path:
    """What a fault is looked for in, beside the logs."""
    kept = LOG.with_suffix(".dump")
    sh(postgres_programs() / "pg_dump", "-Fc", "-Z1", "-f", kept, DATABASE, env={**os.environ, **connection()})
    return kept


def _keep_logs() -> None:
    """What a fault is looked for in."""
    for log in (FOLDER / "mail/postfix/maillog", FOLDER / "pg/log"):
        with contextlib.suppress(OSError):
            shutil.copyfile(log, LOG.with_name(f"{HERE}-soak-{log.parent.name}.log"))
    say(f"the logs are {LOG.with_name(f'{HERE}-soak')}*.log")


def _clear() -> None:
    """Remove the folder, also that of a run that was killed, whose PostgreSQL may be up."""
    if FOLDER.exists():
        Cluster(FOLDER / "pg").stop()
        shutil.rmtree(FOLDER, ignore_errors=True)


def _copy_template() -> tuple[Odoo, Path]:
    """An Odoo with a configuration and files of its own, and the template database to be restored."""
    odoo = Odoo()
    source, dump = template(odoo), FOLDER / "template"
    sh(postgres_programs() / "pg_dump", "-Fc", "-Z1", "-f", dump, source, env={**os.environ, **connection()})
    store, own = odoo.data / "filestore" / source, FOLDER / "data"
    (own / "filestore").mkdir(parents=True)
    if store.exists():
        sh("cp", "-al", store, own / "filestore" / DATABASE)
    conf = FOLDER / "odoo.conf"
    conf.write_text(odoo.conf.read_text().replace(f"data_dir = {odoo.data}", f"data_dir = {own}"))
    odoo.data, odoo.conf = own, conf
    return odoo, dump


def _make_database(odoo: Odoo, dump: Path, server: OdooServer, proxies: list[Proxy], site: mail_site.MailSite) -> None:
    say("installing the module")
    environment = {**os.environ, **connection()}
    programs = postgres_programs()
    sh(programs / "createdb", DATABASE, env=environment)
    sh(programs / "pg_restore", "-d", DATABASE, "--no-owner", dump, env=environment)
    odoo("server", "-d", DATABASE, "-i", MODULE, *QUIET)
    given = {"MAIL_PASSWORD": PASSWORD, "ADDRESS": server.address, "NOWHERE": NOWHERE}
    given |= {"ENCRYPTED": str(proxies[0].port), "PLAIN": str(proxies[1].port), "IMAP": str(site.dovecot.imap_port)}
    odoo.script(DATABASE, "soak_settings.py", given)


def wait_for_empty_queue(site: mail_site.MailSite, seconds: float) -> bool:
    """Let Postfix deliver all that it has taken."""
    end = time.monotonic() + seconds
    while site.postfix.queue_ids() and time.monotonic() < end:
        site.postfix.flush()
        time.sleep(1)
    return not site.postfix.queue_ids()
