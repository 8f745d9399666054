"""Upgrade a database that an older commit of the module made and filled, and compare it with one made new."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cache import CACHE, HERE, MODULE, REPO, say
from databases import QUIET, scratch, template
from odoo_install import Odoo
from package import unpack
from postgres import postgres, sql
from uninstall import look

sys.path.insert(0, str(REPO / "tests"))
from servers.scripted import ScriptedServer  # noqa: E402

# The commit that was 19.0.1.0.0.
RELEASED = "1f3e40b"
# What people have in the tables must be there after the upgrade, value by value.
TABLES = ("mail_mail", "mail_message", "mail_recipient", "mail_transaction", "mail_report", "ir_mail_server")
COLUMNS = "select column_name from information_schema.columns where table_name = '{table}' order by 1"
# A summary is written anew where the upgrade fills in what an older version did not know.
REWRITTEN = {"mail_mail": ("write_date", "write_uid"), "mail_recipient": ("write_date", "write_uid")}
# Of each mail that did not arrive, by its subject: why, as this version knows it.
EXPECTED_CAUSES = {
    "refused": "user_unknown",
    "put off": "greylisted",
    "partly sent": "user_unknown",
    "returned": "mailbox_full",
}
SCRIPT = {
    "RCPT gone@dest.test": b"550 5.1.1 No such user\r\n",
    "RCPT later@dest.test": b"450 4.2.0 Greylisted, try again later\r\n",
}


class OlderOdoo(Odoo):
    """The same Odoo, with the module as it was at a commit."""

    def __init__(self, commit: str, folder: Path) -> None:
        super().__init__()
        source = unpack(commit, folder)
        own = str(CACHE / "addons" / HERE)
        text = self.conf.read_text().replace(own, str(source.parent))
        self.conf = folder / "odoo.conf"
        self.conf.write_text(text)


def upgrade(commit: str = RELEASED) -> int:
    """Install the module of an older commit, use it, upgrade to this one; say what is lost and what differs."""
    with postgres(), tempfile.TemporaryDirectory(dir=CACHE, prefix=f"upgrade-{HERE}-") as folder:
        older, newer = OlderOdoo(commit, Path(folder)), Odoo()
        with scratch(newer, template(newer)) as fresh:
            newer("server", "-d", fresh, "-i", MODULE, *QUIET)
            expected = look(fresh)
        with scratch(newer, template(newer)) as database, ScriptedServer(SCRIPT, lifetime=900) as smtp:
            port = {"SMTP_PORT": str(smtp.port)}
            say(f"installing the module of {commit}")
            older("server", "-d", database, "-i", MODULE, *QUIET)
            older.script(database, "upgrade_use.py", port)
            before = {table: _rows(database, table) for table in TABLES}
            taken = len(smtp.messages)
            say("upgrading")
            newer("server", "-d", database, "-u", MODULE, *QUIET)
            after = {table: _rows(database, table) for table in TABLES}
            found = look(database)
            used = json.loads(newer.script(database, "upgrade_look.py", port).splitlines()[-1])
            used["sent after the upgrade"] = len(smtp.messages) - taken
    result = {
        "rows before": {table: len(rows) for table, rows in before.items()},
        "lost": {table: lost for table in TABLES if (lost := _lost(table, before[table], after[table]))},
        "missing": {name: sorted(expected[name] - found[name]) for name in expected if expected[name] - found[name]},
        "left over": {name: sorted(found[name] - expected[name]) for name in expected if found[name] - expected[name]},
        **used,
    }
    print(json.dumps(result, indent=1))
    faults = ("lost", "missing", "left over", "unreadable", "without access columns")
    good = all(before.values()) and not any(result[name] for name in faults)
    good = good and used["causes"] == EXPECTED_CAUSES and used["sent after the upgrade"] == 1
    print("nothing is lost" if good else "NOT as it should be", flush=True)
    return int(not good)


def _rows(database: str, table: str) -> dict[int, dict]:
    text = sql(f"select coalesce(json_agg(t), '[]') from {table} t", database)
    return {row["id"]: row for row in json.loads(text)}


def _lost(table: str, before: dict[int, dict], after: dict[int, dict]) -> list[str]:
    """What was in a row before and is not there any more, in words; values of columns that are gone, too."""
    lost = [f"row {number}" for number in before if number not in after]
    for number in before.keys() & after.keys():
        for name, value in before[number].items():
            if value is not None and name not in REWRITTEN.get(table, ()) and after[number].get(name) != value:
                lost.append(f"row {number}: {name} was {value!r}, is {after[number].get(name)!r}")
    return lost


def has(commit: str) -> bool:
    """Whether git has this commit here: a copy without its history does not."""
    if not shutil.which("git"):
        return False
    run = subprocess.run(["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=REPO, capture_output=True)
    return not run.returncode
