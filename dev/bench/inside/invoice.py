"""Send an invoice as its form does for each line of the input: `invoice.py JSON`, with conf, database, port, invoices.

Prints a line when it is ready, then {"ms", "statements"} for each invoice.
"""

import json
import random
import sys
import time

from boot import Statements, arguments, count_unsent, environment, start, use_server
from mails import settings

from odoo import Command

WARMUP = 3
PDF = 60_000  # bytes


def posted(env, count: int):
    """Posted invoices of as many customers, their PDF made already: that takes the same time with and without us."""
    env["account.chart.template"].try_loading("generic_coa", env.company, install_demo=False)
    customers = env["res.partner"].create(
        [{"name": f"Customer {number}", "email": f"customer{number}@dest.test"} for number in range(count)]
    )
    line = Command.create({"name": "Consulting", "quantity": 2, "price_unit": 100, "tax_ids": False})
    invoices = env["account.move"].create(
        [{"move_type": "out_invoice", "partner_id": customer.id, "invoice_line_ids": [line]} for customer in customers]
    )
    invoices.action_post()
    files = [
        {
            "name": f"invoice{invoice.id}.pdf",
            "raw": b"%PDF-1.7\n" + random.Random(invoice.id).randbytes(PDF),
            "mimetype": "application/pdf",
            "res_model": "account.move",
            "res_id": invoice.id,
            "res_field": "invoice_pdf_report_file",
        }
        for invoice in invoices
    ]
    env["ir.attachment"].create(files)
    return invoices


def send(env, invoice) -> None:
    wizard = env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=invoice.ids)
    wizard.create({"move_id": invoice.id, "sending_methods": ["email"]}).action_send_and_print()
    env.cr.commit()  # Odoo sends after the commit
    env.invalidate_all()


def main() -> None:
    given = arguments()
    statements = Statements()
    registry = start(given["conf"], given["database"])
    with registry.cursor() as cr:
        env = environment(cr)
        env = env(user=env.ref("base.user_admin"))
        # As the web client's requests have it.
        env = env(context={**env["res.users"].context_get(), "allowed_company_ids": env.user.company_ids.ids})
        settings(env)
        use_server(env, given["port"], 1)
        invoices = posted(env, WARMUP + given["invoices"])
        cr.commit()
        env.invalidate_all()
        for invoice in invoices[:WARMUP]:
            send(env, invoice)
        print("ready", flush=True)
        for _line, invoice in zip(sys.stdin, invoices[WARMUP:], strict=False):
            counted, begin = statements.value(), time.perf_counter()
            send(env, invoice)
            ms = 1000 * (time.perf_counter() - begin)
            print(json.dumps({"ms": ms, "statements": statements.value() - counted}), flush=True)
        failed = count_unsent(cr)
        cr.execute("SELECT count(*) FROM mail_message WHERE model = 'account.move' AND message_type = 'comment'")
        [messages] = cr.fetchone()
    if failed or messages < len(invoices):
        raise SystemExit(f"of {len(invoices)} invoices {messages} were sent, {failed} failed")


if __name__ == "__main__":
    main()
