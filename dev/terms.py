"""The translation template and the Polish file, written anew from the module as it is."""

import re
import subprocess

from cache import MODULE, REPO, say
from databases import QUIET, scratch, template
from odoo_install import Odoo
from postgres import postgres


def terms() -> int:
    """Write i18n/*.pot anew and bring pl.po in step; says which terms want a translation."""
    pot, polish = REPO / f"i18n/{MODULE}.pot", REPO / "i18n/pl.po"
    with postgres():
        odoo = Odoo()
        with scratch(odoo, template(odoo)) as database:
            odoo("server", "-d", database, "-i", MODULE, "--stop-after-init", *QUIET)
            text = odoo.script(database, "export_terms.py")
    # Without the day it was made, a new export of the same terms is the same file.
    text = re.sub(r'^"(POT-Creation|PO-Revision)-Date:.*\n', "", text, flags=re.M)
    pot.write_text(text.rstrip() + "\n")
    missing = subprocess.run(
        [str(odoo.python), "-c", MERGE, str(pot), str(polish)], check=True, stdout=subprocess.PIPE, text=True
    )
    print(missing.stdout, end="")
    say("i18n/ is in step" if not missing.stdout else "these terms of pl.po want a translation")
    return int(bool(missing.stdout))


MERGE = """
import sys, polib
pot, polish = polib.pofile(sys.argv[1]), polib.POFile()
try:
    old = {entry.msgid: entry.msgstr for entry in polib.pofile(sys.argv[2])}
except OSError:
    old = {}
polish.metadata = {**pot.metadata, "Language": "pl", "Plural-Forms": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4"
                   " && (n%100<10 || n%100>=20) ? 1 : 2);"}
for entry in pot:
    entry.msgstr = old.get(entry.msgid, "")
    polish.append(entry)
    if not entry.msgstr:
        print(repr(entry.msgid))
polish.save(sys.argv[2])
"""
