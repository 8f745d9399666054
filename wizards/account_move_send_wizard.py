from odoo import fields, models


class AccountMoveSendWizard(models.TransientModel):
    _inherit = "account.move.send.wizard"

    is_receipt_requested = fields.Boolean(
        "Ask for a read receipt",
        default=lambda self: self.env["mail.mail"]._is_receipt_default(),
        help="Many mail programs never answer: no receipt does not mean that the mail was not read.",
    )

    def _get_sending_settings(self):
        settings = super()._get_sending_settings()
        # What is not said is as the settings say; core's own tests know each key.
        if self.is_receipt_requested != self.env["mail.mail"]._is_receipt_default():
            settings["is_receipt_requested"] = self.is_receipt_requested
        return settings
