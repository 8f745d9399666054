"""Run in an Odoo shell with an older version: mails in many states, by what each version can do since the first."""

import os

BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@mx.dest.test
To: bounce@odoo.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-1@mx.dest.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Your mail came back.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.dest.test
Original-Envelope-Id: {envelope_id}

Final-Recipient: rfc822; full@dest.test
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full

--B--
"""

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
        {**values, "subject": "returned", "email_to": "full@dest.test"},
        {**values, "subject": "waits", "email_to": "a@dest.test"},
    ]
)
env.cr.commit()
for mail in mails.filtered(lambda mail: mail.subject not in ("held", "waits")):
    mail.send()
    env.cr.commit()
returned = mails.filtered(lambda mail: mail.subject == "returned")
transaction = env["mail.transaction"].search([("mail_mail_id", "=", returned.id)])
env["mail.thread"].message_process(None, BOUNCE.format(envelope_id=transaction.envelope_id).encode())
env.cr.commit()
partner.message_post(body="Hi", partner_ids=partner.ids, subtype_xmlid="mail.mt_comment")
env.cr.commit()
