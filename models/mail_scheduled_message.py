from odoo import api, models


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    @api.model
    def _notification_parameters_whitelist(self):
        """The wish for a read receipt waits with the message."""
        return super()._notification_parameters_whitelist() | {"is_receipt_requested"}
