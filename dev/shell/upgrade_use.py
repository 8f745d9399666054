"""Run in an Odoo shell with an older version: mails in many states, by what each version can do since the first."""

import os

server = {"smtp_host": "127.0.0.1", "smtp_port": int(os.environ["SMTP_PORT"]), "smtp_encryption": "none"}
free, paused = env["ir.mail_server"].create([{**server, "name": "Free"}, {**server, "name": "Paused"}])
paused.is_paused = True
partner = env["res.partner"].create({"name": "Customer", "email": "customer@dest.test"})
values = {"body_html": "<p>Hello</p>", "email_from": "sales@odoo.test", "mail_server_id": free.id}
mails = env["mail.mail"].create(
    [
        {**values, "subject": "accepted", "email_to": "a@dest.test", "model": "res.partner", "res_id": partner.id},
        {**values, "subject": "refused", "email_to": "gone@dest.test"},
        {**values, "subject": "put off", "email_to": "later@dest.test"},
        {**values, "subject": "partly sent", "email_to": "a@dest.test, gone@dest.test"},
        {**values, "subject": "held", "email_to": "a@dest.test", "is_held": True},
        {**values, "subject": "paused", "email_to": "a@dest.test", "mail_server_id": paused.id},
        {**values, "subject": "removed", "email_to": "a@dest.test", "auto_delete": True},
        {**values, "subject": "waits", "email_to": "a@dest.test"},
    ]
)
env.cr.commit()
for mail in mails.filtered(lambda mail: mail.subject not in ("held", "waits")):
    mail.send()
    env.cr.commit()
partner.message_post(body="Hi", partner_ids=partner.ids, subtype_xmlid="mail.mt_comment")
env.cr.commit()
