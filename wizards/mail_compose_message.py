from odoo import fields, models

from ..tools.context_key import NOT_BEFORE_COMMIT


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    is_receipt_requested = fields.Boolean(
        "Ask for a read receipt",
        default=lambda self: self.env["mail.mail"]._is_receipt_default(),
        help="Many mail programs never answer: no receipt does not mean that the mail was not read.",
    )

    def _prepare_mail_values_static(self):
        values = super()._prepare_mail_values_static()
        return {**values, "is_receipt_requested": self.is_receipt_requested}

    def _action_send_mail_mass_mail(self, res_ids, auto_commit=False):
        """Let the letters leave when they are in the database: else a request that is ended while it sends undoes them.

        Nobody would know then that some have left, and whoever sends them again sends them twice.
        """
        composer = self.with_context(**NOT_BEFORE_COMMIT.put(True))
        return super(MailComposeMessage, composer)._action_send_mail_mass_mail(res_ids, auto_commit=auto_commit)
