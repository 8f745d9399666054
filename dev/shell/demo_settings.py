"""Run in an Odoo shell on a new demo database: its mail servers, addresses that its Postfix knows, two languages."""

import os

from odoo import Command

SALES, PASSWORD = "sales@odoo.test", os.environ["MAIL_PASSWORD"]
POSTFIX = {
    "smtp_host": "127.0.0.1",
    "smtp_port": 9,  # dev/demo.py puts the real one
    "smtp_encryption": "starttls",
    "smtp_authentication": "login",
    "smtp_user": SALES,
    "smtp_pass": PASSWORD,
    "from_filter": "odoo.test",
}

env["ir.mail_server"].search([]).active = False
env["ir.mail_server"].create(
    [
        {**POSTFIX, "name": "Demo Postfix", "sequence": 1},
        {**POSTFIX, "name": "Demo Postfix, paused", "sequence": 2, "is_paused": True},
    ]
)
env["fetchmail.server"].create(
    {
        "name": "Demo Dovecot",
        "server_type": "imap",
        "server": "127.0.0.1",
        "port": 143,
        "is_ssl": False,
        "user": "bounce@odoo.test",
        "password": PASSWORD,
        "state": "done",
    }
)
domain = env["mail.alias.domain"].search([], limit=1)
names = {"name": "odoo.test", "bounce_alias": "bounce", "catchall_alias": "catchall", "default_from": "sales"}
if domain:
    domain.write(names)
else:
    domain = domain.create(names)
companies = env["res.company"].search([])
companies.write({"alias_domain_id": domain.id})
companies.email = SALES
env.ref("base.main_company").name = env.ref("base.partner_admin").company_name = "Oakwood Furniture"
companies.external_report_layout_id = env.ref("web.external_layout_standard")  # else the first Send asks for it
env.ref("base.partner_admin").email = SALES  # of the user it would tell the old address
# What comes back is shown within a minute.
for name in ("mail.ir_cron_mail_gateway_action", "mail_delivery_status.ir_cron_mail_report"):
    env.ref(name).write({"active": True, "interval_number": 1, "interval_type": "minutes"})

polish = env["res.lang"].with_context(active_test=False).search([("code", "=", "pl_PL")])
env["base.language.install"].create({"lang_ids": polish.ids, "overwrite": False}).lang_install()
company = env.ref("base.main_company")
env["res.users"].with_context(no_reset_password=True).create(
    {
        "name": "Alicja Wiśniewska",
        "login": "demo-pl",
        "password": "demo-pl",
        "email": "alice@odoo.test",
        "lang": "pl_PL",
        "tz": "Europe/Warsaw",
        "company_id": company.id,
        "company_ids": [Command.set(company.ids)],
        "group_ids": [Command.set([env.ref("base.group_user").id, env.ref("account.group_account_invoice").id])],
    }
)
env.cr.commit()
