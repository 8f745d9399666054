"""Run in an Odoo shell on a new demo database: its mail servers, and addresses that its Postfix knows."""

import os

SALES, PASSWORD = "sales@odoo.test", os.environ["MAIL_PASSWORD"]

env["ir.mail_server"].search([]).active = False
env["ir.mail_server"].create(
    {
        "name": "Demo Postfix",
        "smtp_host": "127.0.0.1",
        "smtp_port": 9,  # dev/demo.py puts the real one
        "smtp_encryption": "starttls",
        "smtp_authentication": "login",
        "smtp_user": SALES,
        "smtp_pass": PASSWORD,
        "from_filter": "odoo.test",
        "sequence": 1,
    }
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
env.ref("base.user_admin").email = SALES
env.cr.commit()
