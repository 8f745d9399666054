from collections import Counter

from odoo import api, fields, models

from .mail_sent_copy import first_capital

# Of a mail to many, so many different sentences are shown.
MOST_SHOWN = 3


class MailMail(models.Model):
    """What people read of the copies in the Sent folder."""

    _inherit = "mail.mail"

    sent_copy_text = fields.Text("Copy in the Sent Folder", compute="_compute_sent_copy_text")

    @api.depends_context("lang", "tz", "uid")
    def _compute_sent_copy_text(self):
        """A mail to many has many copies: what they have in common is said once, and of how many."""
        copies = self.env["mail.sent.copy"].search([("mail_mail_id", "in", self.ids)], order="id")
        by_mail = copies.grouped("mail_mail_id")
        for mail in self:
            found = Counter(copy.words for copy in by_mail.get(mail._origin, ()))
            lines = [f"{words} ({count} ×)" if count > 1 else words for words, count in found.most_common(MOST_SHOWN)]
            mail.sent_copy_text = "\n".join(map(first_capital, lines)) or False
