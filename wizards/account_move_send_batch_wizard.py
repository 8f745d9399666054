from odoo import api, fields, models


class AccountMoveSendBatchWizard(models.TransientModel):
    _inherit = "account.move.send.batch.wizard"

    is_failed_only = fields.Boolean(help="Only to those whom the e-mail did not reach.")
    left_out_text = fields.Char()

    @api.model
    def _get_default_sending_settings(self, move, from_cron=False, **custom_settings):
        if self[:1].is_failed_only:
            custom_settings = {"is_failed_only": True, **custom_settings}
        return super()._get_default_sending_settings(move, from_cron=from_cron, **custom_settings)

    @api.model
    def _get_default_sending_methods(self, move):
        return {"email"} if self[:1].is_failed_only else super()._get_default_sending_methods(move)

    @api.model
    def _get_default_extra_edis(self, move):
        return set() if self[:1].is_failed_only else super()._get_default_extra_edis(move)

    @api.depends("is_failed_only", "left_out_text")
    def _compute_alerts(self):
        super()._compute_alerts()
        for wizard in self.filtered("is_failed_only"):
            moves = wizard.move_ids._origin
            wizard.alerts = {**(wizard.alerts or {}), **wizard._failed_again_alerts(moves, wizard.left_out_text)}

    def action_send_and_print(self, force_synchronous=False, allow_fallback_pdf=False):
        result = super().action_send_and_print(
            force_synchronous=force_synchronous, allow_fallback_pdf=allow_fallback_pdf
        )
        if self.is_failed_only and not force_synchronous:
            for move in self.move_ids:
                move.sending_data = {**move.sending_data, "is_failed_only": True}
        return result
