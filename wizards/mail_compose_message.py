from odoo import fields, models


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
