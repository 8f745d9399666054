from odoo import api, fields, models

from ..const import SENDING_MODES


class ResConfigSettings(models.TransientModel):
    """Settings → Emails: when and how the buffer is sent."""

    _inherit = "res.config.settings"

    mail_sending_mode = fields.Selection(
        SENDING_MODES, "Sending", default="now", config_parameter="mail_delivery_status.sending_mode", required=True
    )
    mail_give_up_hours = fields.Integer(
        "Give up after (hours)", default=48, config_parameter="mail_delivery_status.give_up_hours"
    )
    mail_workers = fields.Integer("Workers", help="How many scheduled actions empty the buffer at the same time.")

    @api.model
    def get_values(self):
        return {**super().get_values(), "mail_workers": len(self.env["mail.mail"]._buffer_crons())}

    def set_values(self):
        res = super().set_values()
        self.env["mail.mail"]._set_buffer_crons(max(1, min(self.mail_workers, 16)))
        return res
