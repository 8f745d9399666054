"""Run in an Odoo shell: use the module as people do, then uninstall it."""

import base64

from odoo import fields

mails = env["mail.mail"]
mails._set_buffer_crons(3)
env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "buffer")
server = env["ir.mail_server"].create({"name": "Paused", "smtp_host": "127.0.0.1", "smtp_port": 9, "is_paused": True})
env["fetchmail.server"].create({"name": "Own", "server_type": "imap", "is_report_watch": True, "state": "done"})
values = {"body_html": "<p>Hello</p>", "email_from": "sales@odoo.test", "email_to": "a@dest.test"}
made = mails.create(
    [
        {**values, "subject": "free"},
        {**values, "subject": "held", "is_held": True},
        {**values, "subject": "put off"},
        {**values, "subject": "paused", "mail_server_id": server.id},
        {**values, "subject": "partly sent", "email_to": "a@dest.test, b@dest.test"},
        {**values, "subject": "kept", "auto_delete": True, "state": "sent"},
    ]
)
made[2]._update_summary(retry_date=fields.Datetime.add(fields.Datetime.now(), hours=4))
recipients = env["mail.recipient"]._with_evidence_token()
for email, state in (("a@dest.test", "accepted"), ("b@dest.test", "deferred")):
    recipients.create({**made[4]._evidence_values(), "email": email, "state": state})
report = env["mail.report"]._with_evidence_token().create({"subject": "It came back"})
report.source_id = report._attach(b"From: nobody\n\nIt came back")
made[0].action_hold()  # it is written into the log
made[0].action_release()
archive = (
    b"From: Sales <sales@odoo.test>\nTo: ada@dest.test\nSubject: imported\nMessage-ID: <1@old.example.com>\n\nHello\n"
)
job = env["mail.import"].create(
    {"name": "old.eml", "file": base64.b64encode(archive), "own_addresses": "sales@odoo.test"}
)
job.action_start()
env.cr.commit()
env.ref("mail_delivery_status.ir_cron_mail_import").method_direct_trigger()
env["mail.component"]._cron_tell()
env["ir.attachment"].create({"name": "kept", "raw": b"x", "res_model": "mail.transaction.file", "res_id": 1})
env.cr.commit()
assert env["mail.mail"].search_count([("is_imported", "=", True)]) == 1, job.error
env["ir.module.module"].search([("name", "=", "mail_delivery_status")]).button_immediate_uninstall()
