#!/usr/bin/env python3
"""Set up, run and test this Odoo add-on. Needs only Debian and its Python (3.10 to 3.12).

    python3 dev/dev.py test [SPEC ...] [--no-browser] [--no-slow]   linters and tests; SPEC: a test class or Odoo tag
    python3 dev/dev.py run [--port N] [--reset]         a demo Odoo with the add-on and a real mail server
    python3 dev/dev.py send-demo                        send an invoice from it; prints what became of the mail, as JSON
    python3 dev/dev.py bench [--quick]                  how fast mails leave, compared with stock Odoo (dev/bench/)
    python3 dev/dev.py soak [--minutes 3] [--seed N]    load while network, workers and database fail (dev/soak/)
    python3 dev/dev.py interop [--server NAME ...]      our engine against real mail servers of all kinds (dev/interop/)
    python3 dev/dev.py doors                            who reads and changes what (readme/ACCESS.md), proved
    python3 dev/dev.py audit                            whether the developers' packages have known holes
    python3 dev/dev.py coverage | reach                 what of tools/, and of models/ and the rest, no test reaches
    python3 dev/dev.py lint [--fix] | terms | uninstall | neutralize
    python3 dev/dev.py compat [SUITE ...] [--stock]     Odoo's tests and other add-ons', without the module and with it
    python3 dev/dev.py package [--try]                  the wheel and the zip, into dist/; --try installs it and sends
    python3 dev/dev.py page                             static/description/index.html, from readme/
    python3 dev/dev.py pictures [NAME ...] [--keep]     the pictures of the documents, taken anew; --keep the database
    python3 dev/dev.py upgrade [--from COMMIT]          upgrade a database of an older commit; says what is lost
    python3 dev/dev.py setup | shell | psql | clean

What it fetches and builds is kept in one cache folder (ODOO_DEV_CACHE), never in the repository (but for the packages,
which go into dist/, ignored by git). ODOO_HOME names an Odoo checkout to use instead of Debian's package, PGHOST (with
PGPORT, PGUSER, PGPASSWORD) a PostgreSQL server to use instead of a private one. Root installs missing Debian packages;
anybody else is told which. DEV_TRACEBACK=1 shows where an error came from.
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True  # not into the repository

import compat  # noqa: E402
from audit import audit  # noqa: E402
from bench import add_arguments, bench  # noqa: E402
from cache import CACHE, ROOT, TAG, in_words, lock, sh  # noqa: E402
from databases import drop_all, template  # noqa: E402
from demo import DATABASE, demo_database, run  # noqa: E402
from interop import add_arguments as add_interop_arguments  # noqa: E402
from interop import interop  # noqa: E402
from lint import lint  # noqa: E402
from neutralize import neutralize  # noqa: E402
from odoo_install import Odoo  # noqa: E402
from package import package  # noqa: E402
from page import page  # noqa: E402
from pictures import pictures  # noqa: E402
from postgres import connection, postgres, stop_if_idle  # noqa: E402
from programs import BROWSER, PRINT, provide, provide_mail_servers  # noqa: E402
from programs import DATABASE as POSTGRES  # noqa: E402
from reach import reach  # noqa: E402
from send_demo import send_demo  # noqa: E402
from soak import add_arguments as add_soak_arguments  # noqa: E402
from soak import soak  # noqa: E402
from terms import terms  # noqa: E402
from testing import coverage, doors, test  # noqa: E402
from uninstall import uninstall  # noqa: E402
from upgrade import RELEASED, upgrade  # noqa: E402


def setup() -> int:
    """Fetch and build everything that the other commands need."""
    provide(POSTGRES | BROWSER | PRINT, required=False)
    provide_mail_servers()
    with postgres():
        odoo = Odoo()
        template(odoo, assets=True)
        demo_database(odoo)
    return 0


def shell() -> int:
    with postgres():
        odoo = Odoo()
        demo_database(odoo)
        odoo("shell", "-d", DATABASE, "--no-http")
    return 0


def psql() -> int:
    with postgres():
        demo_database(Odoo())
        sh("psql", "-X", "-d", DATABASE, env={**os.environ, **connection()})
    return 0


def clean() -> int:
    """Remove the cache folder, with the demo's data; with PGHOST also the databases that were made on that server."""
    if not CACHE.exists():
        return 0
    try:
        with lock("use", wait=False), lock("pg-use", wait=False):
            if os.environ.get("PGHOST"):
                with postgres():
                    drop_all()
            stop_if_idle()
            for path in CACHE.iterdir():  # what others would look at goes last
                if path.name not in (TAG, "use.lock"):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.rmtree(CACHE)
    except BlockingIOError:
        raise SystemExit(f"dev: a demo or a test is running with {CACHE}: stop it first") from None
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = found.add_subparsers(required=True, metavar="COMMAND")

    def add(name, do):
        command = commands.add_parser(name, help=(do.__doc__ or "").replace("%", "%%"))
        command.set_defaults(do=do)
        return command

    tests = add("test", test)
    tests.add_argument("specs", nargs="*", metavar="SPEC", help="a test class, Class.method or an Odoo test tag")
    tests.add_argument("--no-browser", dest="browser", action="store_false", help="leave out what drives a browser")
    tests.add_argument(
        "--no-slow", dest="slow", action="store_false", help="leave out what waits for real mail servers"
    )
    demo = add("run", run)
    demo.add_argument("--port", type=int, default=8069)
    demo.add_argument("--reset", action="store_true", help="start from a new database")
    add("send-demo", send_demo)
    linters = add("lint", lambda fix: int(not lint(fix)))
    linters.add_argument("--fix", action="store_true", help="mend what ruff can mend")
    add_arguments(add("bench", bench))
    compat.add_arguments(add("compat", compat.compat))
    add_soak_arguments(add("soak", soak))
    add_interop_arguments(add("interop", interop))
    packages = add("package", package)
    packages.add_argument("--try", dest="try_it", action="store_true", help="install the wheel and send a mail with it")
    taken = add("pictures", pictures)
    taken.add_argument("names", nargs="*", metavar="NAME", help="a picture, without .png")
    taken.add_argument("--keep", action="store_true", help="the database of the last time")
    upgrades = add("upgrade", upgrade)
    upgrades.add_argument("--from", dest="commit", default=RELEASED, help="a commit that has the module")
    for do in (audit, coverage, reach, doors, page, terms, uninstall, neutralize, setup, shell, psql, clean):
        add(do.__name__, do)
    return found


def stop(*_signal) -> None:
    raise KeyboardInterrupt


def main() -> int:
    arguments = vars(parser().parse_args())
    signal.signal(signal.SIGTERM, stop)
    if ROOT:
        os.umask(0o022)  # the servers run as users of their own and read what we write
    do = arguments.pop("do")
    try:
        if do is clean:
            return clean()
        with lock("use", fcntl.LOCK_SH):
            return do(**arguments)
    except KeyboardInterrupt:
        return 130
    except (OSError, subprocess.CalledProcessError) as error:
        if os.environ.get("DEV_TRACEBACK"):
            raise
        raise SystemExit(f"dev: {in_words(error)} (DEV_TRACEBACK=1 shows where)") from None


if __name__ == "__main__":
    sys.exit(main())
