"""Databases with and without the module, and Odoo processes that work on them."""

import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cache import CACHE, DEV, HERE, MODULE, end_with_parent, out, say, sh
from compat.runs import addons
from databases import QUIET, copy, drop, template
from odoo_install import Odoo
from postgres import durable_postgres, postgres, sql

INSIDE = DEV / "bench" / "inside"
WARMUP = 50
# Stock Odoo, this module, and the OCA's add-on that tracks mails, as an add-on with the same purpose.
CORE, OURS, TRACKING = "core", "ours", "tracking"


class Setting:
    """Engines on one Odoo and one PostgreSQL. Stock Odoo does not even see the module's folder."""

    def __init__(self) -> None:
        self.odoo = Odoo()
        self.conf = {OURS: self.odoo.conf, CORE: self._configuration(CORE)}
        self.base = {CORE: template(self.odoo)}
        self._numbers = itertools.count(1)
        self._prepared: dict[tuple, str] = {}

    def _configuration(self, engine: str, *folders: Path) -> Path:
        """A configuration without the module, and with the add-ons of other folders."""
        lines = []
        for line in self.odoo.conf.read_text().splitlines():
            name, _sign, value = line.partition("=")
            if name.strip() == "addons_path":
                paths = [path for path in value.strip().split(",") if not (Path(path) / MODULE).exists()]
                paths += map(str, folders)
                line = f"{name}={','.join(paths)}" if paths else ""
            lines.append(line)
        found = CACHE / f"bench-{HERE}-{engine}.conf"
        found.write_text("\n".join(lines) + "\n")
        return found

    def install(self, engine: str = OURS) -> None:
        """A database with the module, or with the other add-on, made once a run."""
        if engine in self.base:
            return
        module = MODULE
        if engine == TRACKING:
            module, self.conf[engine] = "mail_tracking", self._configuration(engine, addons())
        name = self._name(engine)
        copy(self.odoo, self.base[CORE], name)
        say(f"installing {module}")
        command = (self.odoo.python, "-m", "odoo", "server", "-c", self.conf[engine], "-d", name, "-i", module, *QUIET)
        sh(*command, env=self.odoo.environment(), cwd=CACHE)
        self.base[engine] = name

    def _name(self, what: str) -> str:
        return f"bench-{HERE}-{what}-{next(self._numbers)}-{os.getpid()}"

    def prepared(self, engine: str, shape: str, mails: int) -> str:
        """A database with so many mails of a shape that wait; made once and then copied."""
        key = (engine, shape, mails)
        if key not in self._prepared:
            self.install(engine)
            name = self._name(f"{engine}-{shape}")
            copy(self.odoo, self.base[engine], name)
            say(f"making {mails} mails: {engine}, {shape}")
            self.run(engine, name, "mails.py", shape=shape, mails=mails, warmup=WARMUP)
            self._prepared[key] = name
        return self._prepared[key]

    @contextlib.contextmanager
    def copied(self, source: str) -> Iterator[str]:
        name = self._name("run")
        copy(self.odoo, source, name)
        try:
            yield name
        finally:
            drop(self.odoo, name)

    def run(self, engine: str, database: str, script: str, **arguments) -> str:
        """Run a program of inside/ in a process of its own; what it prints comes back."""
        command = self.command(engine, database, script, **arguments)
        try:
            return out(*command, env=self.odoo.environment(), cwd=CACHE, preexec_fn=end_with_parent)
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"dev: {script} failed in {engine}") from error

    def command(self, engine: str, database: str, script: str, **arguments) -> list[str]:
        given = {"conf": str(self.conf[engine]), "database": database, **arguments}
        return [str(self.odoo.python), str(INSIDE / script), json.dumps(given)]

    def measure(self, engine: str, source: str, script: str = "measure.py", **arguments) -> dict:
        with self.copied(source) as database:
            return json.loads(self.run(engine, database, script, **arguments))

    def clean(self) -> None:
        for name in sql(f"select datname from pg_database where datname like 'bench-{HERE}-%'").split():
            owner = name.rsplit("-", 1)[1]
            if owner == str(os.getpid()) or not Path("/proc", owner).exists():  # ours, or left by a run that was killed
                drop(self.odoo, name)


@contextlib.contextmanager
def setting(fsync: str) -> Iterator[Setting]:
    """:param fsync: "on": each commit waits for the disk, as on a server in use"""
    with durable_postgres() if fsync == "on" else postgres():
        found = Setting()
        found.clean()
        try:
            yield found
        finally:
            found.clean()


def machine() -> dict[str, str]:
    """What the figures depend on."""
    return {
        "Machine": hardware(),
        "PostgreSQL": sql("show server_version").split()[0],
    }


def hardware() -> str:
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    memory = int(_lines("/proc/meminfo")[0].split()[1]) // 1024**2
    return f"{os.cpu_count()} cores ({cpu or os.uname().machine}), {memory} GB, Linux {os.uname().release}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
