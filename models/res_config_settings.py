from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from ..const import SENDING_MODES
from ..tools.retry import GIVE_UP_HOURS
from .mail_retention import MOST_COUNTED
from .mail_transaction_message import PARAMETER as KEEP_EXACT
from .notice import notice


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

    # === How long mails are kept === #
    mail_content_days = fields.Integer(related="company_id.mail_content_days", readonly=False)
    mail_evidence_days = fields.Integer(related="company_id.mail_evidence_days", readonly=False)
    mail_retention_text = fields.Text("Where retention is", compute="_compute_mail_retention_text")

    @api.depends("company_id")
    def _compute_mail_retention_text(self):
        """When old mails were last removed, how many, and how many are left."""
        last, done, left = self.env["mail.retention"]._progress()
        for settings in self:
            lines = []
            since = settings.company_id.mail_retention_date
            if since and settings.company_id.mail_content_days:
                first = fields.Datetime.add(since, days=settings.company_id.mail_content_days)
                lines.append(
                    self.env._(
                        "Nothing is removed before %s, unless you change the days: mails that were here when this was"
                        " installed count from that day.",
                        format_date(self.env, first),
                    )
                )
            if last:
                lines.append(
                    self.env._("Last run: %(date)s, %(done)s removed.", date=format_datetime(self.env, last), done=done)
                )
            if left:
                many = self.env._("%s or more", left) if left == MOST_COUNTED else left
                lines.append(self.env._("Left for the next run, of all companies: %s.", many))
            settings.mail_retention_text = "\n".join(lines) or self.env._("Nothing is older than it is kept.")

    def action_run_mail_retention(self):
        """Let the scheduled action begin now."""
        self.check_access("write")
        self.env.ref("mail_delivery_status.ir_cron_mail_retention").sudo()._trigger()
        return notice(self.env._("Old e-mails are being removed, in the background. Look again in a minute."), "info")

    @api.model
    def get_values(self):
        return {
            **super().get_values(),
            "mail_keep_exact": self.env["mail.transaction"]._keeps_exact(),
            "mail_workers": len(self.env["mail.mail"]._buffer_crons()),
        }

    def set_values(self):
        # Core asks in execute() alone. Called by itself, for no record, it would empty settings for any colleague.
        self.check_access("write")
        res = super().set_values()
        # Written out: core's config_parameter removes the parameter of what is off, and without one this is on.
        self.env["ir.config_parameter"].set_param(KEEP_EXACT, str(self.mail_keep_exact))
        self.env["mail.mail"]._set_buffer_crons(max(1, min(self.mail_workers, 16)))
        return res
