from odoo import api, fields, models

from ..const import SENDING_MODES
from ..tools.retry import GIVE_UP_HOURS
from .mail_report_cleaning import PARAMETER as SOURCE_DAYS
from .mail_transaction_message import PARAMETER as KEEP_EXACT


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # === The buffer === #
    mail_sending_mode = fields.Selection(
        SENDING_MODES, "Sending", default="now", config_parameter="mail_delivery_status.sending_mode", required=True
    )
    mail_give_up_hours = fields.Integer(
        "Give up after (hours)", default=GIVE_UP_HOURS, config_parameter="mail_delivery_status.give_up_hours"
    )
    mail_keep_exact = fields.Boolean(
        "Keep each e-mail exactly as it was sent",
        config_parameter=KEEP_EXACT,
        help="An administrator can download it (.eml) as long as its text is kept. Codes and links to log in are never"
        " kept. Off: only the fingerprint (SHA-256) of each e-mail is kept.",
    )
    mail_workers = fields.Integer("Workers", help="How many scheduled actions empty the buffer at the same time.")

    # === What comes back === #
    mail_receipt_default = fields.Boolean(
        "Ask for read receipts",
        config_parameter="mail_delivery_status.receipt_default",
        help="Mails that people write ask for a read receipt, unless it is switched off in the mail.",
    )
    mail_bounce_notice = fields.Selection(
        [
            ("notification", "by a notification"),
            ("activity", "by an activity on the document"),
            ("nothing", "not at all"),
        ],
        "The author learns of a returned mail",
        default="notification",
        config_parameter="mail_delivery_status.bounce_notice",
    )

    mail_source_days = fields.Integer(
        "Keep returned mails in full for (days)",
        help="After so many days the text of a returned mail is removed; what it said of each address stays."
        " 0: it is kept for ever.",
    )

    @api.model
    def get_values(self):
        return {
            **super().get_values(),
            "mail_workers": len(self.env["mail.mail"]._buffer_crons()),
            "mail_source_days": self.env["mail.report"]._source_days(),
        }

    def set_values(self):
        res = super().set_values()
        self.env["mail.mail"]._set_buffer_crons(max(1, min(self.mail_workers, 16)))
        # Core would take 0 for "not set".
        self.env["ir.config_parameter"].set_param(SOURCE_DAYS, str(max(0, self.mail_source_days)))
        return res
