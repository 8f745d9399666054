"""Send one invoice from the demo database, as an ordinary billing user, and show what became of it."""

from cache import MODULE, say
from databases import QUIET
from demo import DATABASE, demo_database, mail_servers, use_mail_servers
from odoo_install import Odoo
from postgres import postgres
from programs import PRINT, provide


def send_demo() -> int:
    """Prints one JSON object on stdout."""
    provide(PRINT, required=False)
    with postgres(), mail_servers() as mail:
        if mail is None:
            raise SystemExit("dev: nothing can be sent without a mail server")
        odoo = Odoo()
        new = demo_database(odoo)
        if mail["own"]:
            use_mail_servers(mail)
            if not new:  # a `run` that is up has done it
                odoo("server", "-d", DATABASE, "-u", MODULE, *QUIET)
        say("sending an invoice")
        print(odoo.script(DATABASE, "send_invoice.py"), flush=True)
    return 0
