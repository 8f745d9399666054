from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_sending_settings(self, move, from_cron=False, **custom_settings):
        """Whether a read receipt is asked for: as chosen in the dialog, else as the settings say."""
        settings = super()._get_default_sending_settings(move, from_cron=from_cron, **custom_settings)
        stored = (move.sending_data or {}) if from_cron else {}
        chosen = custom_settings.get("is_receipt_requested", stored.get("is_receipt_requested"))
        settings["is_receipt_requested"] = self.env["mail.mail"]._is_receipt_default() if chosen is None else chosen
        return settings

    @api.model
    def _get_mail_params(self, move, move_data):
        params = super()._get_mail_params(move, move_data)
        if params:
            params["is_receipt_requested"] = bool(move_data.get("is_receipt_requested"))
        return params
