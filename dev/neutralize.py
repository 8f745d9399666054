"""Use the module in a database, neutralize a copy of it by Odoo's own command, and start everything on that."""

import json
import sys

from cache import MODULE, REPO, say
from databases import QUIET, copy, drop, scratch, template
from odoo_install import Odoo
from postgres import postgres

sys.path.insert(0, str(REPO / "tests"))
from servers.raw import RawServer  # noqa: E402
from servers.scripted import ScriptedServer  # noqa: E402


def neutralize() -> int:
    """Neutralize a copy of a database with mails that wait and mailboxes that are watched; say what it still does."""
    visits: list[object] = []
    with postgres(), ScriptedServer(lifetime=600) as smtp, RawServer(visits.append) as imap:
        odoo = Odoo()
        ports = {"SMTP_PORT": str(smtp.port), "IMAP_PORT": str(imap.port)}
        with scratch(odoo, template(odoo)) as database:
            odoo("server", "-d", database, "-i", MODULE, *QUIET)
            say("installed; using it")
            odoo.script(database, "neutralize_use.py", ports)
            duplicate = f"{database}-copy"
            try:
                copy(odoo, database, duplicate)
                odoo("neutralize", "-d", duplicate, "--log-level=warn")
                say("neutralized; running everything on the copy")
                found = json.loads(odoo.script(duplicate, "neutralize_run.py").splitlines()[-1])
            finally:
                drop(odoo, duplicate)
            calls = {"of the copy": [smtp.connections, len(visits)]}
            say("running everything on the real one")
            odoo.script(database, "neutralize_run.py")
            calls["with the real one"] = [smtp.connections, len(visits)]
    print(json.dumps({"calls (SMTP, IMAP)": calls, **found}, indent=1))
    good = calls["of the copy"] == [0, 0] and min(calls["with the real one"]) > 0
    good = good and not found["secrets"] and not found["tokens"] and set(found["mails"].values()) == {"cancel"}
    print("the copy keeps still" if good else "NOT as it should be", flush=True)
    return int(not good)
