from datetime import timedelta

from odoo import fields, models

from .dialog import ids_in


class MailMailSchedule(models.TransientModel):
    """Asks when mails are to be sent. Who may say so is asked of the mails, when it is said."""

    _name = "mail.mail.schedule"
    _description = "Send E-mails Later"

    # No relation: that would tell the names of mails to whoever names their ids.
    mail_ids = fields.Json("E-mails", required=True)
    date = fields.Datetime("Send at", required=True, default=lambda self: self._next_hour())

    def _next_hour(self):
        return fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=1)

    def action_schedule(self):
        self.ensure_one()
        return self.env["mail.mail"].browse(ids_in(self.mail_ids)).exists()._send_later(self.date)
