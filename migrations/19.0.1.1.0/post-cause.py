"""Fill in why mails did not arrive: 19.0.1.0.0 had no such column on the mail, and nothing computes a summary.

The column of the recipients is computed, so Odoo itself has filled that when this runs.
"""

from odoo import SUPERUSER_ID, api

# Mails whose summaries are made anew in one go.
BATCH = 1000


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["mail.recipient"].flush_model(["cause"])
    cr.execute(
        """SELECT DISTINCT mail.id FROM mail_mail mail JOIN mail_recipient row ON row.mail_mail_id = mail.id
            WHERE mail.cause IS NULL AND row.cause IS NOT NULL ORDER BY mail.id"""
    )
    ids = [mail_id for (mail_id,) in cr.fetchall()]
    for start in range(0, len(ids), BATCH):
        mails = env["mail.mail"].browse(ids[start : start + BATCH])
        for mail in mails:
            mail._write_core({"cause": mail._summary(mail.state)["cause"]})
        mails.flush_recordset()
        env.invalidate_all()
