"""Run in an Odoo shell on the database of a soak: two ways to the same Postfix, who sends, and a watched mailbox."""

import os

from odoo import Command

SALES, PASSWORD = "sales@odoo.test", os.environ["MAIL_PASSWORD"]

env["ir.mail_server"].search([]).active = False
shared = {"smtp_host": "127.0.0.1"}
plain = {**shared, "name": "Plain"}
login = {"smtp_authentication": "login", "smtp_user": SALES, "smtp_pass": PASSWORD}
encrypted = {"smtp_encryption": "starttls", **login}
env["ir.mail_server"].create(
    [
        # Whose mails go over which is told by their address. The filter must let the return address through, too, or
        # core takes the sender's in its place.
        {**plain, "smtp_port": int(os.environ["PLAIN"]), "from_filter": "bea@odoo.test, bounce@odoo.test"},
        {**shared, **encrypted, "name": "Encrypted", "smtp_port": int(os.environ["ENCRYPTED"]), "sequence": 99},
    ]
)
env["fetchmail.server"].create(
    {
        "name": "Watched",
        "server_type": "imap",
        "server": "127.0.0.1",
        "port": int(os.environ["IMAP"]),
        "is_ssl": False,
        "user": "bounce@odoo.test",
        "password": PASSWORD,
        "is_report_watch": True,
        "state": "done",
    }
)
domain = env["mail.alias.domain"].search([], limit=1)
names = {"name": "odoo.test", "bounce_alias": "bounce", "catchall_alias": "catchall", "default_from": "sales"}
if domain:
    domain.write(names)
else:
    domain = domain.create(names)
company = env.ref("base.main_company")
company.write({"alias_domain_id": domain.id, "email": SALES})
company.external_report_layout_id = env.ref("web.external_layout_standard")  # else the first Send asks for it
env.ref("base.partner_admin").email = SALES

GROUPS = {
    "ada": ["account.group_account_invoice", "base.group_partner_manager"],
    "bea": ["account.group_account_invoice", "base.group_partner_manager"],
    "mia": ["account.group_account_invoice", "base.group_partner_manager", "mail_delivery_status.group_manager"],
}
for login, names in GROUPS.items():
    groups = [env.ref(name).id for name in ("base.group_user", *names)]
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": login.title(),
            "login": login,
            "password": login,
            "email": f"{login}@odoo.test",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set(groups)],
        }
    )
parameters = env["ir.config_parameter"]
parameters.set_param("web.base.url", os.environ["ADDRESS"])
for name in ("iap.endpoint", "iap.partner_autocomplete.endpoint", "enrich.endpoint"):
    parameters.set_param(name, os.environ["NOWHERE"])
env.cr.commit()
