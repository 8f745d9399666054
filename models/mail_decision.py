from odoo import SUPERUSER_ID, api, fields, models

from ..const import DECISIONS
from .mail_evidence import LooseMany2one
from .mail_mail_words import moment

# So many addresses of a decision are written down, each cut at the longest that is one (RFC 5321 §4.5.3.1).
_MOST_EMAILS, _LONGEST = 50, 320


class MailDecision(models.Model):
    """What a person decided about a mail: edited, held, released, cancelled, settled …, who and when.

    The mail's own log. It outlives the mail, as other evidence does; what Odoo does by itself is not in it.
    """

    _name = "mail.decision"
    _description = "Decision about an E-mail"
    _inherit = ["mail.evidence"]
    _order = "id desc"
    _rec_name = "decision"

    date = fields.Datetime("When", readonly=True, required=True, default=fields.Datetime.now)
    user_id = LooseMany2one("res.users", "Who", readonly=True)
    user_name = fields.Char("Name", readonly=True, help="As the person was called then.")
    decision = fields.Selection(DECISIONS, "What", readonly=True, required=True)
    emails = fields.Char("Addresses", readonly=True)
    field_names = fields.Char(readonly=True, help="Which fields of the e-mail were changed.")
    until = fields.Datetime("Planned for", readonly=True)
    details = fields.Char(compute="_compute_details")

    @api.depends("emails", "field_names", "until")
    @api.depends_context("lang", "tz")
    def _compute_details(self):
        mails = self.env["mail.mail"].sudo()
        labels = {name: one["string"] for name, one in mails.fields_get(attributes=["string"]).items()}
        for decision in self:
            names = (decision.field_names or "").split()
            changed = ", ".join(labels.get(name, name) for name in names)
            until = decision.until and self.env._("for %s", moment(self, decision.until))
            decision.details = " · ".join(filter(None, (changed, until, decision.emails))) or False


class MailRecipient(models.Model):
    _inherit = "mail.recipient"

    def _log_decision(self, decision):
        """Write down in the mails' log what was decided about these addresses."""
        for mail, rows in self.sudo().grouped("mail_mail_id").items():
            mail._log_decision(decision, emails=rows.mapped("email"))


class MailMail(models.Model):
    _inherit = "mail.mail"

    decision_ids = fields.One2many("mail.decision", "mail_mail_id", "Log", readonly=True)

    def _log_decision(self, decision, *, emails=(), field_names=(), until=False):
        """Write down what the person of this request has decided about these mails; nothing of what Odoo itself does.

        :param str decision: a key of ``const.DECISIONS``
        :param emails: the addresses that it was about
        :param field_names: the fields that were changed; not their values, which not everybody may read
        :param datetime until: UTC
        """
        if self.env.uid == SUPERUSER_ID or not self:
            return
        shown = [email[:_LONGEST] for email in emails if email]
        more = [f"+{len(shown) - _MOST_EMAILS}"] if len(shown) > _MOST_EMAILS else []
        values = {
            "user_id": self.env.uid,
            "user_name": self.env.user.sudo().name,
            "decision": decision,
            "emails": ", ".join([*shown[:_MOST_EMAILS], *more]) or False,
            "field_names": " ".join(sorted(field_names)) or False,
            "until": until,
        }
        decisions = self.env["mail.decision"].sudo()._with_evidence_token()
        decisions.create([{**mail._evidence_values(), **values} for mail in self.sudo()])
