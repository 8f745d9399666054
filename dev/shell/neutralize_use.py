"""Run in an Odoo shell: mail servers, mailboxes that are looked into, and mails that wait for every reason."""

import os

from odoo import fields

values = {"smtp_host": "127.0.0.1", "smtp_port": int(os.environ["SMTP_PORT"]), "smtp_encryption": "none"}
servers = env["ir.mail_server"].create(
    [
        {**values, "name": "Free"},
        {**values, "name": "Paused", "is_paused": True, "smtp_pass": "secret-1"},
        {**values, "name": "Suspended", "smtp_pass": "secret-2"},
    ]
)
servers[2]._suspend(300, "connection refused (127.0.0.1:25)")
values = {"server": "127.0.0.1", "port": int(os.environ["IMAP_PORT"]), "user": "bounce", "password": "secret-3"}
env["fetchmail.server"].create(
    [
        {**values, "name": "Watched", "is_report_watch": True, "state": "done"},
        {**values, "name": "Fetched", "state": "done"},
    ]
)
values = {"body_html": "<p>Hello</p>", "email_from": "sales@odoo.test", "mail_server_id": servers[0].id}
later = fields.Datetime.add(fields.Datetime.now(), hours=4)
mails = env["mail.mail"].create(
    [
        {**values, "subject": "free", "email_to": "a@dest.test"},
        {**values, "subject": "held", "email_to": "b@dest.test", "is_held": True},
        {**values, "subject": "planned", "email_to": "c@dest.test", "scheduled_date": later},
        {**values, "subject": "paused", "email_to": "d@dest.test", "mail_server_id": servers[1].id},
        {**values, "subject": "suspended", "email_to": "e@dest.test", "mail_server_id": servers[2].id},
        {**values, "subject": "being sent", "email_to": "f@dest.test"},
    ]
)
evidence = {**mails[5]._evidence_values(), "envelope_id": "token", "sender": "bounce+token@odoo.test"}
env["mail.transaction"]._with_evidence_token().create({**evidence, "outcome": "open", "envelope_key": "x", "worker": 7})
env.cr.commit()
