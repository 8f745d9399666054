"""The command line. The servers are run, and sent to, by `run.py` in a process of its own, with Odoo's Python."""

import argparse
import shlex
import sys

from bench.results import must_be_clean
from cache import DEV, ROOT, sh
from odoo_install import Odoo
from programs import EXIM, provide_mail_servers

CASES = ("good", "bad", "mixed", "too big", "TLS", "killed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", nargs="+", metavar="NAME", default=[], help="default: all of them")
    parser.add_argument("--case", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--write", action="store_true", help="write dev/bench/INTEROP.md, for a commit")


def interop(server: list[str], case: list[str], write: bool) -> int:
    """Send to real mail servers in every mode, and compare what they had with what the engine says."""
    if not ROOT:
        raise SystemExit("dev: only root can run mail servers in boxes")
    if write:
        must_be_clean()
    provide_mail_servers()
    odoo = Odoo()
    command = shlex.join(["python3", "dev/dev.py", *sys.argv[1:]])
    given = ["--command", command, "--case", *case, "--server", *server, *(["--write"] if write else [])]
    environment = {**odoo.environment(), "EXIM_ROOT": str(EXIM)}
    return sh(odoo.python, "-B", "-m", "interop.run", *given, cwd=DEV, env=environment).returncode
