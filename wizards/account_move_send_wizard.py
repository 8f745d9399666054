from odoo import api, fields, models


class AccountMoveSendWizard(models.TransientModel):
    _inherit = "account.move.send.wizard"

    is_receipt_requested = fields.Boolean(
        "Ask for a read receipt",
        default=lambda self: self.env["mail.mail"]._is_receipt_default(),
        help="Many mail programs never answer: no receipt does not mean that the mail was not read.",
    )
    is_failed_only = fields.Boolean(help="Only to those whom the e-mail did not reach.")
    left_out_text = fields.Char()

    @api.depends("is_failed_only")
    def _compute_mail_partners(self):
        super()._compute_mail_partners()
        for wizard in self:
            if wizard.is_failed_only and wizard.move_id.mail_failed_partner_ids:
                wizard.mail_partner_ids = wizard.move_id.mail_failed_partner_ids

    @api.depends("is_failed_only")
    def _compute_sending_method_checkboxes(self):
        """What is sent again because its e-mail failed goes by e-mail; the person may tick more."""
        super()._compute_sending_method_checkboxes()
        for wizard in self.filtered("is_failed_only"):
            wizard.sending_method_checkboxes = {
                method: {**box, "checked": method == "email"}
                for method, box in wizard.sending_method_checkboxes.items()
            }

    @api.depends("is_failed_only")
    def _compute_extra_edi_checkboxes(self):
        super()._compute_extra_edi_checkboxes()
        for wizard in self.filtered("is_failed_only"):
            boxes = wizard.extra_edi_checkboxes or {}
            wizard.extra_edi_checkboxes = {edi: {**box, "checked": False} for edi, box in boxes.items()}

    @api.depends("is_failed_only", "left_out_text")
    def _compute_alerts(self):
        super()._compute_alerts()
        for wizard in self.filtered("is_failed_only"):
            more = wizard._failed_again_alerts(wizard.move_id, wizard.left_out_text)
            wizard.alerts = {**(wizard.alerts or {}), **more}

    def _get_sending_settings(self):
        settings = super()._get_sending_settings()
        # What is not said is as the settings say; core's own tests know each key.
        if self.is_receipt_requested != self.env["mail.mail"]._is_receipt_default():
            settings["is_receipt_requested"] = self.is_receipt_requested
        return settings
