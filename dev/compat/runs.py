"""One suite in one database, without the module or with it."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cache import CACHE, DEV, HERE, key, lock, say, sh
from databases import QUIET, scratch, template
from odoo_install import Odoo
from testing import free_ports, run_and_read

from .results import Result
from .suites import Suite

AT_END = DEV / "compat/inside/at_end.py"
REQUIREMENTS = DEV / "compat/requirements.txt"


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
    """Makes the databases and runs tests in them."""

    def __init__(self, odoo: Odoo, browser: bool) -> None:
        self.browser = browser
        self.odoo = odoo
        self.path = f"--addons-path={','.join(map(str, [*odoo.addons_path, addons()]))}"

    @contextlib.contextmanager
    def database(self, suite: Suite) -> Iterator[str]:
        """A database of the suite, without the module, for the time of the block."""
        with scratch(self.odoo, template(self.odoo, assets=True)) as database:
            say(f"{suite.name}:")
            self.install(database, *suite.modules)
            yield database

    def install(self, database: str, *modules: str) -> None:
        say(f"installing {', '.join(modules)}")
        self.odoo("server", "-d", database, self.path, "-i", ",".join(modules), *QUIET)

    def test(self, database: str, tags: str, name: str) -> Result:
        """Run these tests when all is loaded.

        :param name: of the log
        :raise SystemExit: if it did not get as far as a test
        """
        log_file = CACHE / f"{HERE}-compat-{name}.log"
        say(f"the tests, log in {log_file}")
        options = ("--stop-after-init", "--max-cron-threads=0", "--http-port", free_ports(1)[0])
        command = self.odoo.command("server", "-d", database, self.path, "--test-tags", tags, *options)
        command[1:3] = [str(AT_END)]  # in place of `-m odoo`
        _code, log = run_and_read(self.odoo, command, log_file, show=False, NO_BROWSER="" if self.browser else "1")
        if not log.started:
            raise SystemExit(f"dev: no test ran, {log_file} says why")
        return Result.of(log)
