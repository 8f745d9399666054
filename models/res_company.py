from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

CONTENT_DAYS = 180


class ResCompany(models.Model):
    """How long a company keeps its mails."""

    _inherit = "res.company"

    mail_content_days = fields.Integer(
        "Keep the content of e-mails for (days)",
        default=CONTENT_DAYS,
        help="What a mail says: its text, files that belong to no document, and the source of what came back. That it"
        " was sent, to whom, when, and the receipt stay. 0: for ever.",
    )
    mail_evidence_days = fields.Integer(
        "Keep the evidence for (days)",
        help="What became of a mail: its recipients, the replies and receipts of mail servers, the attempts, what came"
        " back. Statistics count less then, and documents show no status any more. 0: for ever.",
    )
    # On the day on which the module is installed nobody has decided yet that old mails are to go.
    mail_retention_date = fields.Datetime(
        "Retention counts from",
        default=fields.Datetime.now,
        copy=False,
        help="Until somebody changes the settings, everything counts as no older than this.",
    )

    @api.constrains("mail_content_days", "mail_evidence_days")
    def _check_mail_days(self):
        for company in self:
            content, evidence = company.mail_content_days, company.mail_evidence_days
            if content < 0 or evidence < 0:
                raise ValidationError(self.env._("E-mails are kept for a number of days; 0 keeps them for ever."))
            if evidence and not content:
                raise ValidationError(
                    self.env._(
                        "The content of e-mails is kept for ever, so their evidence is, too: choose 0, or days for the"
                        " content as well."
                    )
                )
            if evidence and evidence < content:
                raise ValidationError(
                    self.env._(
                        "The evidence of an e-mail is kept at least as long as its content: choose at least %s days, or"
                        " 0 to keep it for ever.",
                        content,
                    )
                )

    def write(self, vals):
        """Somebody has decided: from now on old mails count as old."""
        if not {"mail_content_days", "mail_evidence_days"}.isdisjoint(vals):
            vals = {**vals, "mail_retention_date": False}
        return super().write(vals)

    def _old_before(self, name):
        """Before which time (UTC) what this company keeps is too old; None: nothing is.

        :param str name: of the field with the days
        """
        if not self[name]:
            return None
        before = fields.Datetime.now() - timedelta(days=self[name])
        return None if self.mail_retention_date and self.mail_retention_date > before else before
