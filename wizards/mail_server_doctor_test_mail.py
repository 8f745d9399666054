import time
from contextlib import suppress

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import email_normalize

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..models.mail_evidence import LooseMany2one
from ..models.mail_recipient import problem_meaning
from ..tools.doctor import Outcome, Step
from ..tools.recipient_state import SUCCESS
from ..tools.smtp.secret import Secrets

# States that only a report can bring about.
_OF_REPORTS = ("bounced", "delayed", "relayed", "delivered", "read")


class MailServerDoctor(models.TransientModel):
    """The test mail: it leaves as any other mail does, with the same evidence, so what comes back finds it."""

    _inherit = "mail.server.doctor"

    test_mail_id = LooseMany2one("mail.mail", "Test mail", readonly=True)

    def action_send_test(self):
        """Really send a mail to the address, and show what became of it."""
        self._check_administrator()
        if not email_normalize(self.email_to):
            raise UserError(self.env._("Enter a valid e-mail address."))
        secrets = Secrets(*self.mail_server_id._secrets(self.mail_server_id.id))
        self._show_on_top(self._send_test(), secrets, ("test_mail", "test_mail_back"))
        return self._reopen()

    def action_look_back(self):
        """Look into the watched mailboxes now, and say whether the test mail has come back."""
        self._check_administrator()
        mail = self.test_mail_id
        if not mail:
            raise UserError(self.env._("Send a test mail first."))
        begin = time.monotonic()
        looked, error = self._look_into_mailboxes(begin + self._limit())
        mail.invalidate_recordset()
        outcome, finding, values = self._what_came_back(mail.recipient_status_ids[:1], looked, error)
        step = Step("test_mail_back", outcome, finding, time.monotonic() - begin, values)
        self._show_on_top(step, Secrets(), (step.name,))
        return self._reopen()

    def _show_on_top(self, step, secrets, names):
        """Show a step before all others, in place of the ones with these names."""
        self.step_ids.filtered(lambda row: row.step in names).sudo().unlink()
        lowest = min(self.step_ids.mapped("sequence"), default=0)
        self._add([step], secrets, sequence=lowest - 1)

    def _send_test(self):
        """Send a test mail.

        :rtype: Step
        """
        begin = time.monotonic()
        server, address = self.mail_server_id, email_normalize(self.email_to)
        text = self.env._("This mail was sent to check the mail server. Nothing needs to be done.")
        mail = self.env["mail.mail"].create(
            {
                "subject": self.env._("Test of the mail server %s", server.name),
                "body_html": Markup("<p>%s</p>") % text,
                "email_from": server._get_test_email_from(),
                "email_to": address,
                "mail_server_id": server.id,
                "is_notification": False,
            }
        )
        with suppress(MailDeliveryException):  # what became of it is written down
            mail.send(raise_exception=True)
        self.test_mail_id = mail
        row = mail.recipient_status_ids[:1]
        reply = " ".join(filter(None, (str(row.smtp_code or ""), row.smtp_reply)))
        values = {"address": address, "receipt": row.smtp_receipt or "–"}
        values["reason"] = reply or problem_meaning(self.env, row.problem) or mail.failure_reason or ""
        outcome, finding = Outcome.FAILED, "test_mail_failed"
        if row.state in SUCCESS:
            outcome, finding = Outcome.OK, "test_mail_accepted"
        elif mail.state == "outgoing":
            outcome, finding = Outcome.WARNING, "test_mail_waits"
        return Step("test_mail", outcome, finding, time.monotonic() - begin, values, f"-- {mail.message_id}\n{reply}")

    # === IS IT BACK? === #

    def _look_into_mailboxes(self, end):
        """Look through the watched mailboxes, one after the other, until the time is up.

        :param float end: on the clock that only goes forward
        :return: the names of those that were looked through, and what went wrong at one that was not
        :rtype: tuple[list[str], dict[str, str]]
        """
        looked, error = [], {}
        for watch in self.env["fetchmail.server"].sudo()._report_watches():
            seconds = end - time.monotonic()
            if seconds <= 0:
                break
            if not watch._watch(seconds):
                error = {"mailbox": watch.name, "reason": problem_meaning(self.env, "timed out")}
            elif watch.report_error:
                error = {"mailbox": watch.name, "reason": watch.report_error}
            else:
                looked.append(watch.name)
        return looked, error

    def _what_came_back(self, row, looked, error):
        """What is known of the test mail's recipient by now.

        :return: outcome, finding, and what fills its words
        :rtype: tuple[Outcome, str, dict[str, str]]
        """
        now = fields.Datetime.now()
        values = {"mailboxes": ", ".join(looked), "date": self._local(row.state_date or now), **error}
        if row.state == "bounced":
            values["reason"] = row.bounce_meaning or row.bounce_reason or ""
            return Outcome.OK, "back_bounced", values
        if row.state in _OF_REPORTS:
            values["state"] = dict(row._fields["state"]._description_selection(self.env))[row.state]
            return Outcome.WARNING if row.state == "delayed" else Outcome.OK, "back_reported", values
        if error:
            return Outcome.WARNING, "back_no_look", values
        if looked:
            return Outcome.OK, "back_nothing", {**values, "date": self._local(now)}
        ways = self.env["fetchmail.server"].sudo().search([("state", "=", "done")]).mapped("name")
        if ways:
            return Outcome.SKIPPED, "back_not_watched", {"ways": ", ".join(ways)}
        return Outcome.WARNING, "back_no_mailbox", {}

    def _local(self, date):
        return f"{fields.Datetime.context_timestamp(self, date):%Y-%m-%d %H:%M:%S}"
