"""One suite in one database, without the module or with it."""

import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cache import CACHE, DEV, HERE, MODULE, key, lock, say, sh
from databases import QUIET, copy, drop, scratch, template
from odoo_install import Odoo
from outcome import OdooLog
from testing import free_ports, run_and_read

from .suites import Suite

AT_END = DEV / "compat/inside/at_end.py"
REQUIREMENTS = DEV / "compat/requirements.txt"


@dataclass
class Result:
    """What became of the tests, each as `module.tests.file:Class.method`."""

    passed: int = 0
    failed: set[str] = field(default_factory=set)  # with those that broke off
    errors: int = 0
    skipped: int = 0

    def as_json(self) -> dict:
        return {"passed": self.passed, "errors": self.errors, "skipped": self.skipped, "failed": sorted(self.failed)}

    @classmethod
    def of(cls, log: OdooLog) -> "Result":
        failed = {name.removeprefix("odoo.addons.") for name in log.failed}
        errors = sum(1 for name in log.failed if name in log.errors)
        return cls(log.count().passed, failed, errors, len(log.skipped))


def addons() -> Path:
    """The folder with the other add-ons, fetched once."""
    folder = CACHE / f"compat-{key(REQUIREMENTS.read_text())}"
    with lock("compat-addons"):
        if not folder.exists():
            say("fetching other add-ons")
            with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
                # Without their dependencies: Odoo itself is in no package index.
                pip = (sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "install", "--no-deps")
                sh(*pip, "--only-binary", ":all:", "--target", temporary, "-r", REQUIREMENTS, stdout=sys.stderr)
                shutil.copytree(Path(temporary, "odoo/addons"), folder)
    return folder


class Runs:
    """Runs suites; each starts from the database that has `mail` and `account` alone."""

    def __init__(self, odoo: Odoo) -> None:
        self.odoo = odoo
        self.path = f"--addons-path={','.join(map(str, [*odoo.addons_path, addons()]))}"

    def run(self, suite: Suite, with_module: bool) -> OdooLog:
        name = f"{suite.name}, {'with' if with_module else 'without'} the module"
        with scratch(self.odoo, template(self.odoo, assets=True)) as database:
            say(f"{name}: installing {', '.join(suite.modules)}")
            self._install(database, ",".join(suite.modules))
            if with_module:
                self._install(database, MODULE)
            say(f"{name}: the tests")
            tags = suite.tags(self.odoo)
            log = self._test(database, tags, f"{suite.name}{'' if with_module else '-stock'}")
        return log

    def _install(self, database: str, modules: str) -> None:
        self.odoo("server", "-d", database, self.path, "-i", modules, *QUIET)

    def _test(self, database: str, tags: str, name: str) -> OdooLog:
        _module, _odoo, *arguments = self.odoo.command("server", "-d", database, self.path, "--test-tags", tags)[1:]
        command = [str(self.odoo.python), str(AT_END), *arguments, "--stop-after-init", "--max-cron-threads=0"]
        command += ["--http-port", str(free_ports(1)[0])]
        log_file = CACHE / f"{HERE}-compat-{name}.log"
        _code, log = run_and_read(self.odoo, command, log_file, show=False)
        if not log.started:
            raise SystemExit(f"dev: no test ran: {log_file}")
        return log
