"""The command line of the benchmarks."""

import argparse
import sys
from itertools import chain

from postgres import sql

from . import results
from .archive import archive
from .crash import crash
from .exact import exact
from .growth import growth
from .invoice import invoice
from .read import read
from .send import CELLS, SHAPES, send
from .setting import machine, setting
from .size import size
from .workers import workers

COLUMNS = {
    "send": "shape rtt_ms mode connections core_per_s tracking_per_s ours_per_s most_per_s ratio goal met sql_per_mail "
    "cpu_ms_per_mail core_sql_per_mail core_cpu_ms_per_mail",
    "growth": "mails ms_per_mail cpu_ms_per_mail ratio cpu_ratio extra_mb sql_per_mail met",
    "crash": "kills workers mode mails accepted unknown unknown_taken left lost doubled unannounced errors seconds",
    "archive": "mails archive_mb seconds cpu_seconds per_second load peak_mb imported returns matched lost doubled met",
    "exact": "shape mails core_bytes kept_bytes size_ratio cpu_ms_off cpu_ms_on cpu_ratio met",
    "invoice": "invoices core_ms ours_ms ratio goal met core_sql ours_sql",
    "workers": "shape mails workers core_per_s one_per_s all_per_s ratio goal met times_core",
    "read": "rows what sql_ms goal met ms core_ms ratio statements",
    "size": "what mails kb_before kb_after filestore_before filestore_after seconds empty_seconds mails_per_s"
    " longest_batch_ms writes write_ms_median write_ms left evidence_per_s"
    " met",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kind = parser.add_mutually_exclusive_group()
    for name in ("growth", "crash", "read", "size", "archive", "exact", "invoice", "two-workers"):
        kind.add_argument(
            f"--{name}", dest="kind", action="store_const", const=name.removeprefix("two-"), default="send"
        )
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=SHAPES)
    parser.add_argument("--rtt", nargs="+", type=int, metavar="MS", help=f"default: {' '.join(map(str, CELLS))}")
    parser.add_argument("--mode", nargs="+", choices=("bdat", "pipeline"))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--mails", type=int)
    parser.add_argument("--connections", type=int, help="in place of the cell's own number")
    parser.add_argument("--kills", type=int, help="default: 200")
    parser.add_argument("--workers", type=int, default=1, help="processes that send at once, for --crash")
    parser.add_argument("--tracking", action="store_true", help="measure the OCA's mail_tracking in the same run, too")
    parser.add_argument(
        "--fsync", nargs="+", choices=("off", "on"), default=["off"], help="whether each commit waits for the disk"
    )
    parser.add_argument("--write", action="store_true", help="update dev/bench/RESULTS.md, for a commit")


def bench(kind: str, quick: bool, fsync: list[str], write: bool, **options) -> int:
    """Measure how fast and how safely mails are sent, with each of PostgreSQL's settings in turn."""
    if write:
        results.must_be_clean()
    rows, texts = [], []
    for wanted in fsync:
        with setting(wanted) as at:
            measured = sql("show fsync")  # of a server that PGHOST names it is as it is
            for row in _rows(at, kind, quick, options):
                texts += row.pop("text", [])
                rows.append(results.emit({**row, "fsync": measured}))
            facts = machine()
    shown = "\n\n".join([results.table(rows, ["fsync", *COLUMNS[kind].split()]), *texts])
    print(shown, file=sys.stderr, flush=True)
    if write:
        results.write(kind, facts, rows, shown)
    return int(kind == "crash" and not all(row["met"] for row in rows))


def _rows(at, kind: str, quick: bool, options: dict):
    rounds = options["rounds"] or (1 if quick else 3)
    if kind == "send":
        mails = options["mails"] or (100 if quick else 1000)
        rtts = options["rtt"] if options["rtt"] is not None else ([0, 20] if quick else list(CELLS))
        return send(
            at, options["shape"], rtts, options["mode"], rounds, mails, options["connections"], options["tracking"]
        )
    if kind == "growth":
        mails = options["mails"] or (200 if quick else 1000)
        return growth(at, mails, rounds)
    if kind == "crash":
        mails, kills = options["mails"] or (100 if quick else 2000), options["kills"] or (20 if quick else 200)
        each = (mails, kills, options["workers"], options["connections"] or 3)
        return chain.from_iterable(crash(at, mode, *each) for mode in options["mode"] or ["bdat"])
    if kind == "invoice":
        return invoice(at, options["mails"] or (5 if quick else 40), rounds)
    if kind == "workers":
        return workers(at, options["shape"], options["mails"] or (200 if quick else 2000), rounds, 2)
    if kind == "size":
        return size(at, options["mails"], quick)
    if kind == "exact":
        return exact(at, options["shape"], rounds, options["mails"] or (100 if quick else 500))
    if kind == "archive":
        return archive(at, options["mails"] or (2_000 if quick else 20_000))
    return read(at, quick)
