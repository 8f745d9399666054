from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

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
