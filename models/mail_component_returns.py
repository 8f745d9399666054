from datetime import timedelta

from odoo import fields, models

from .finding import Finding
from .mail_mail_words import moment

# Counted up to here.
_MOST_COUNTED = 1000


class MailComponent(models.AbstractModel):
    """Whether what comes back is found: mailboxes, and returned mails that nobody has looked at."""

    _inherit = "mail.component"

    def _check_mailboxes(self):
        if self._is_neutralized():
            return
        mailboxes = self.env["fetchmail.server"].search([("server_type", "!=", "local")], order="name, id")
        found = [finding for mailbox in mailboxes if (finding := self._of_mailbox(mailbox))]
        if not mailboxes:
            text = self.env._(
                "No mailbox is looked into. Returned mails come only if the mail server hands them to Odoo."
            )
            found.append(Finding("ok", text))
        elif not found:
            words = ", ".join(f"{mailbox.name} ({self._last_success(mailbox)})" for mailbox in mailboxes)
            found.append(Finding("ok", self.env._("All are looked into: %s", words), records=mailboxes))
        yield from found

    def _of_mailbox(self, mailbox):
        """What is wrong with a mailbox, None for nothing.

        :rtype: Finding | None
        """
        if mailbox.state != "done":
            text = self.env._("The mailbox “%s” is not confirmed: nobody looks into it.", mailbox.name)
            return Finding("warning", text, self.env._("Open it and press “Test & Confirm”, or archive it."), mailbox)
        error = mailbox.report_error if mailbox.is_report_watch else mailbox.error_date and mailbox.error_message
        if not error:
            return None
        text = self.env._(
            "The mailbox “%(mailbox)s” has failed since %(since)s, and was last looked into at %(last)s: %(error)s",
            mailbox=mailbox.name,
            since=moment(self, mailbox.error_date) if mailbox.error_date else "–",
            last=self._last_success(mailbox),
            error=error,
        )
        return Finding("danger", text, self.env._("Open it, correct its settings, and try it."), mailbox)

    def _last_success(self, mailbox):
        return moment(self, mailbox.date) if mailbox.date else self.env._("never")

    def _check_returns(self):
        reports, now = self.env["mail.report"], fields.Datetime.now()
        found = []
        stuck = [("state", "=", "pending"), ("create_date", "<", now - timedelta(hours=1))]
        if count := reports.search_count(stuck, limit=_MOST_COUNTED):
            text = self.env._("Returned mails that wait for more than an hour for their mail: %s", count)
            advice = self.env._("Look at the scheduled action “Mail: look for returned mails”.")
            found.append(Finding("warning", text, advice, reports.search(stuck, limit=80)))
        unmatched = [("state", "=", "unmatched")]
        if count := reports.search_count(unmatched, limit=_MOST_COUNTED):
            text = self.env._("Returned mails that match no mail: %s", count)
            advice = self.env._("Assign or dismiss them: Configuration → Unmatched Returns.")
            found.append(Finding("warning", text, advice, reports.search(unmatched, limit=80)))
        yield from found or [Finding("ok", self.env._("None waits to be looked at."))]
