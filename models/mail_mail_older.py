from odoo import api, fields, models
from odoo.tools import format_date

from .mail_mail_words import moment
from .mail_recipient import problem_meaning


class MailMail(models.Model):
    """What is known of mails that have no evidence: those of before this module, and those whose evidence is gone."""

    _inherit = "mail.mail"

    is_older_than_module = fields.Boolean(
        "Sent before installation",
        readonly=True,
        copy=False,
        help="It was there already when E-mail Delivery Status was installed: nothing is recorded of how it was sent.",
    )
    evidence_note = fields.Text("Why there is no evidence", compute="_compute_evidence_note")

    @api.depends("recipient_status_ids", "state", "is_older_than_module", "evidence_removed_date")
    @api.depends_context("lang", "tz")
    def _compute_evidence_note(self):
        for mail, facts in self._with_facts():
            mail.evidence_note = False if facts.recipient_status_ids else facts._why_no_evidence()

    def _why_no_evidence(self):
        """What to tell in place of recipients, replies and receipts."""
        if self.evidence_removed_date:
            return self.env._(
                "What the mail servers answered was removed on %s: it was older than evidence is kept (Settings).",
                format_date(self.env, self.evidence_removed_date),
            )
        if self.state == "outgoing" or not self:
            return self.env._(
                "This mail has not been sent yet. As soon as a mail server has answered, you see here for each"
                " recipient: the server's code and words, the receipt (the id it gave the mail), which server it was"
                " and when."
            )
        if not self.is_older_than_module:
            return self.env._("Nothing is recorded of how this mail was sent: it was sent in another way than by SMTP.")
        return " ".join(filter(None, [self._what_odoo_knew(), self._when_and_to_whom()]))

    def _what_odoo_knew(self):
        """What Odoo's own state says of a mail that is older than the module."""
        if self.state == "exception":
            words = self.env._("Odoo tried to send this mail before E-mail Delivery Status was installed, and failed.")
            why = problem_meaning(self.env, self.failure_reason)
            reason = self.env._("Its reason: %s", why)
            return f"{words} {reason}" if why else words
        if self.state == "cancel":
            return self.env._("This mail was cancelled before E-mail Delivery Status was installed.")
        return self.env._(
            "This mail was sent before E-mail Delivery Status was installed: there is no receipt. Whether it arrived is"
            " not known, unless it came back."
        )

    def _when_and_to_whom(self):
        """What Odoo has kept of it: when it was last worked with, and whom it was for."""
        to = ", ".join(email or name for _kind, name, email in self._typed())
        date = moment(self, self.write_date)
        if not to:
            return self.env._("Last changed: %s.", date)
        return self.env._("It was for: %(to)s. Last changed: %(date)s.", to=to, date=date)
