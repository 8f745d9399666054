"""Run each server and each case: `python -m interop.run`, with Odoo's Python, in dev/. See `command.py`."""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cache import REPO, say
from pure import PACKAGE, stand_in

sys.path.insert(0, str(REPO / "tests"))
stand_in(PACKAGE, REPO)

import odoo.init  # noqa: E402, F401  (first, it prepares the libraries)

from .aiosmtpd import Aiosmtpd  # noqa: E402
from .box import IMAGES  # noqa: E402
from .cases import CASES, Trial  # noqa: E402
from .chasquid import Chasquid  # noqa: E402
from .client import Client, offered_modes  # noqa: E402
from .courier import Courier  # noqa: E402
from .dovecot_submission import Dovecot  # noqa: E402
from .familiar import Exim, Postfix  # noqa: E402
from .next_hop import NextHop  # noqa: E402
from .node import Haraka, SmtpServer  # noqa: E402
from .opensmtpd import OpenSMTPD  # noqa: E402
from .page import Row, facts, shown, write  # noqa: E402
from .sendmail import Sendmail  # noqa: E402
from .server import Server  # noqa: E402

SERVERS: tuple[type[Server], ...] = (
    Postfix,
    Exim,
    Sendmail,
    Courier,
    OpenSMTPD,
    Chasquid,
    Dovecot,
    Haraka,
    SmtpServer,
    Aiosmtpd,
)


def chosen(names: list[str]) -> list[type[Server]]:
    """
    :raise SystemExit: there is no such server
    """
    known = {server.__name__.lower(): server for server in SERVERS}
    if unknown := [name for name in names if name.lower() not in known]:
        raise SystemExit(f"dev: no such server: {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name.lower()] for name in names] or list(SERVERS)


def rows(server: type[Server], cases: list[str]) -> Iterator[Row]:
    """One for each mode that the server offers; one with the reason where it does not run."""
    IMAGES.mkdir(exist_ok=True)
    # Not in /tmp: Sendmail trusts no folder that everybody may write to.
    with tempfile.TemporaryDirectory(dir=IMAGES, ignore_cleanup_errors=True) as name, NextHop() as hop:
        Path(name).chmod(0o755)
        try:
            running = server(Path(name), hop.port)
            running.start()
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            yield Row(server.title, "", "", {}, f"does not run here: {str(error).splitlines()[0]}")
            return
        try:
            for mode in offered_modes(Client(running, "step_by_step")):
                yield row(running, hop, mode, cases)
        finally:
            running.kill()


def row(server: Server, hop: NextHop, mode: str, cases: list[str]) -> Row:
    trial = Trial(server, hop, mode)
    found = {}
    for case in cases:
        if case == "TLS" and not server.has_tls:
            found[case] = "–"
            continue
        found[case] = trial.run(case).text
        say(f"{server.title} {server.version}, {mode}, {case}: {found[case]}")
    found["receipt"] = in_words(trial.receipts)
    return Row(server.title, server.version, mode, found, server.note)


def in_words(receipts: Counter[str]) -> str:
    """Where the receipts of all mails were found again; how many each only where there are several kinds."""
    if len(receipts) == 1:
        return next(iter(receipts))
    return "; ".join(f"{number} {place}" for place, number in receipts.most_common())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", required=True)
    parser.add_argument("--server", nargs="*", default=[])
    parser.add_argument("--case", nargs="+", choices=[*CASES, "killed"])
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    depends_on = facts(given.command)
    found = [one for server in chosen(given.server) for one in rows(server, given.case)]
    text = shown(found, given.case)
    print(text)
    if given.write:
        write(text, depends_on)
    return int(any(one.is_bad for one in found))


if __name__ == "__main__":
    sys.exit(main())
