"""How fast an archive of old mails is imported, how much memory it takes, and that kill -9 neither loses nor doubles.

The command line does it, as an administrator would. It is killed when half of the archive is read, and started again:
`seconds` and `cpu_seconds` are those of both runs, with their starts; `peak_mb` is the bigger peak, with Odoo itself.
PostgreSQL's share of the processor is not in `cpu_seconds`; `load` is that of the machine, as it was at the end.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cache import CACHE, end_with_parent, say
from postgres import sql

from .archive_file import BOUNCE_EACH, CONTACTS, write
from .setting import OURS, Setting

GOAL_PER_SECOND, GOAL_MB = 150, 300
READ = "select coalesce(max(done_bytes), 0) from mail_import"
COUNTS = """select count(*) || ' ' || count(distinct m.message_id) from mail_mail mail
              join mail_message m on m.id = mail.mail_message_id where mail.is_imported"""
RETURNS = "select count(*) || ' ' || count(*) filter (where state = 'matched') from mail_report"


def archive(at: Setting, mails: int) -> Iterator[dict]:
    at.install()
    with tempfile.TemporaryDirectory() as folder, at.copied(at.base[OURS]) as database:
        path = Path(folder, "Sent")
        write(path, mails)
        at.run(OURS, database, "contacts.py", count=CONTACTS)
        say(f"importing {mails} mails")
        begin = time.monotonic()
        killed = run(at, database, path, path.stat().st_size // 2)
        status, cpu_seconds, peak_mb = run(at, database, path)
        seconds = time.monotonic() - begin
        row = {"mails": mails, "archive_mb": round(path.stat().st_size / 1e6), "seconds": round(seconds)}
        row |= {"cpu_seconds": round(killed[1] + cpu_seconds), "per_second": round(mails / seconds)}
        row |= {"load": round(os.getloadavg()[1], 1), "peak_mb": round(max(killed[2], peak_mb))}
        counts = judge(mails, sql(COUNTS, database), sql(RETURNS, database))
    is_whole = not (counts["lost"] or counts["doubled"]) and status == 0 and killed[0] == -9
    met = is_whole and row["per_second"] >= GOAL_PER_SECOND and row["peak_mb"] <= GOAL_MB
    yield {"bench": "archive", **row, **counts, "met": met}


def run(at: Setting, database: str, path: Path, kill_at: int = 0) -> tuple[int, float, float]:
    """Import it by the command line.

    :param kill_at: how many bytes are read when it is killed; 0: never
    :return: its status, negative for a signal; seconds of the processor; MB of memory at its peak
    """
    command = at.odoo.command("mail_import", "-d", database, "--own", "example.com", path)
    environment = {**at.odoo.environment(), "ODOO_RC": str(at.odoo.conf)}
    # pylint: disable-next=consider-using-with
    process = subprocess.Popen(
        command, env=environment, cwd=CACHE, preexec_fn=end_with_parent, stdout=subprocess.DEVNULL
    )
    while kill_at and float(sql(READ, database)) < kill_at:
        if process.poll() is not None:
            raise SystemExit("dev: the import ended before it could be killed")
        time.sleep(0.2)
    if kill_at:
        process.kill()
    _pid, status, used = os.wait4(process.pid, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def judge(mails: int, counts: str, returns: str) -> dict[str, int]:
    """What was lost or doubled, mails and returned mails together.

    :param counts: "rows, different Message-IDs" of the imported mails
    :param returns: "rows, matched ones" of the returned mails
    """
    expected = mails // BOUNCE_EACH
    rows, different = map(int, counts.split())
    reports, matched = map(int, returns.split())
    doubled = rows - different + max(reports - expected, 0)
    lost = mails - expected - different + max(expected - matched, 0)
    return {"imported": rows, "returns": reports, "matched": matched, "lost": lost, "doubled": doubled}
