import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from odoo import api, fields, models

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..tools.context_key import KEEP
from ..tools.explanation import Facts, explain
from ..tools.problem import describe
from ..tools.recipient_state import TO_SEND, WENT_WELL, Event
from ..tools.retry import is_given_up, retry_delay
from ..tools.smtp.trouble import retry_after
from .mail_mail_summary import SUMMARY_FIELDS
from .mail_mail_words import meaning_of_failure
from .mail_recipient import problem_meaning
from .mail_sender import DROPPED

_logger = logging.getLogger(__name__)

# What the end of an attempt reads of a mail: by themselves its texts would be read, too.
_FINISH_FIELDS = (
    *SUMMARY_FIELDS,
    "auto_delete",
    "failure_reason",
    "failure_type",
    "is_notification",
    "mail_message_id",
    "release_key",
    "release_user_id",
    "state",
    "text_removed_date",
)
GIVEN_UP = "given up after too many attempts"
TOLD = "not tried again, because the sender was told that it failed"


@dataclass
class MailOutcome:
    """What became of a mail: core's fields, the recipients that have it, and why the others have not."""

    values: dict
    good: Any
    failure_type: Any
    reason: str


class MailMail(models.Model):
    """The end of an attempt: what its recipients make of a mail."""

    _inherit = "mail.mail"

    def _finish(self, errors, attempted):
        """Derive each mail's own state from its recipients, as core would, and tell the notifications.

        :param dict errors: ``{mail id: exceptions}`` of emails that could not be made
        :param set attempted: ids of the mails of which something was tried
        """
        values_by_mail, ended = {}, []
        self.fetch(_FINISH_FIELDS)
        for mail in self:
            if not mail.recipient_status_ids and mail.id not in errors:
                continue  # another worker has it
            values = mail._schedule_retry(mail.id in attempted)
            outcome = mail._outcome(errors.get(mail.id, ()))
            if not mail.recipient_status_ids:
                values["cause"] = explain(Facts(problem=describe(errors[mail.id][0]))).cause.value
            values_by_mail[mail] = {**values, **outcome.values}
            if outcome.values["state"] != "outgoing":
                ended.append((mail, outcome))
        self._write_summaries(values_by_mail)
        self._plan_retry(values_by_mail.values())
        self._postprocess_ended(ended)
        self.browse().union(*(mail for mail, _outcome in ended))._tell_given_up()
        if ended:
            _logger.info("%s mails handed over or settled: %s", len(ended), [mail.id for mail, _outcome in ended])

    def _check_handed_over(self):
        """Tell the caller of everything that no mail server took. What is told as failed does not leave later.

        :raise MailDeliveryException: with the words for each address, if some address of these mails has not got it
        """
        for mail in self:
            rows = mail.recipient_status_ids
            left = rows.filtered(lambda row: row.state not in WENT_WELL)
            if mail.state == "sent" and not left:
                continue
            if mail.is_held:  # whether it leaves is for a person to decide
                words = mail._reason(meaning_of_failure)
                raise MailDeliveryException(self.env._("Mail Delivery Failed"), words)
            if mail.state == "outgoing":
                reason = failure_text(left) or mail._untried_words()
                rows.filtered(lambda row: row.state in TO_SEND)._apply_event(Event.REFUSE, {"problem": TOLD})
                mail._finish({}, set())
                if mail.state == "outgoing":
                    mail._update_summary(state="exception", failure_type="unknown", failure_reason=reason)
            raise MailDeliveryException(self.env._("Mail Delivery Failed"), failure_text(left) or mail.failure_reason)

    def _untried_words(self):
        """Why no server was asked to take this mail, which is told as failed: of a next try nothing is said."""
        why, _until = self.waits_for_server_id._rest_words()
        return why or self.env._("The mail is being sent by somebody else, or it waits for its turn.")

    def _open_notifications(self):
        """The notifications that wait for these mails: they are told what became of them.

        :rtype: mail.notification
        """
        mails, notifications = self.filtered("is_notification"), self.env["mail.notification"].sudo()
        if not mails:
            return notifications
        domain = [("notification_type", "=", "email"), ("mail_mail_id", "in", mails.ids)]
        return notifications.search([*domain, ("notification_status", "not in", ("sent", "canceled"))])

    def _postprocess_replies(self):
        """Called when what mail servers answered was recorded: ``recipient_status_ids`` tells it, for each address.

        For other add-ons to extend. When ``ir.mail_server.send_email()`` returns, the mail has not left yet.
        """

    def _outcome(self, errors):
        """What the recipients make of the mail, in core's words.

        :rtype: MailOutcome
        """
        rows = self.recipient_status_ids
        if not errors and all(row.state == "accepted" for row in rows):  # as nearly always
            return MailOutcome({"state": "sent", "failure_type": False, "failure_reason": False}, rows, False, "")
        waiting = rows.filtered(lambda row: row.state in TO_SEND)
        good = rows.filtered(lambda row: row.state in WENT_WELL)
        bad = rows - waiting - good
        reason = failure_text(bad) or "\n".join(problem_meaning(self.env, describe(error)) for error in errors)
        failure_type = self._failure_type(bad, errors) if bad or errors else False
        if waiting:
            values = {"state": "outgoing", "failure_type": False, "failure_reason": failure_text(waiting)}
        elif good:
            values = {"state": "sent", "failure_type": False, "failure_reason": False}
        else:
            values = {"state": "exception", "failure_type": failure_type, "failure_reason": reason}
        return MailOutcome(values, good, failure_type, reason)

    def _postprocess_ended(self, ended):
        """Call core's hook: once for all mails that went well for everybody, and once for each other mail."""
        kept = self.with_context(**KEEP.put(True))
        well = [(mail, outcome) for mail, outcome in ended if not outcome.failure_type]
        groups = [([mail for mail, _outcome in well], [outcome for _mail, outcome in well])] if well else []
        groups += [([mail], [outcome]) for mail, outcome in ended if outcome.failure_type]
        for mails, outcomes in groups:
            good = outcomes[0].good.union(*(outcome.good for outcome in outcomes))
            kept.browse([mail.id for mail in mails])._postprocess_sent_message(
                success_pids=list(good.partner_id),
                success_emails=good.filtered(lambda row: not row.partner_id).mapped("email"),
                failure_type=outcomes[0].failure_type or None,
                failure_reason=outcomes[0].reason or False,
            )

    def _schedule_retry(self, attempted):
        """When the addresses that were put off are tried again, or that they are given up.

        :param bool attempted: whether something was tried now
        :return: values for the mail: ``attempt_count``, ``first_attempt_date``, ``retry_date``
        """
        values = {**self._count_attempt(attempted), "retry_date": False, "waits_for_server_id": False}
        if all(row.state != "deferred" for row in self.recipient_status_ids):
            return values
        deferred = self.recipient_status_ids.filtered(lambda row: row.state == "deferred")
        servers = self.mail_server_id or deferred.transaction_id.exists().mail_server_id[:1]
        age = fields.Datetime.now() - values["first_attempt_date"]
        if is_given_up(age.total_seconds(), servers.sudo()._give_up_age()):
            deferred._apply_event(Event.REFUSE, {"problem": GIVEN_UP})
            return values
        asked = [seconds for seconds in map(retry_after, filter(None, deferred.mapped("smtp_reply"))) if seconds]
        return {**values, "retry_date": self._next_attempt(values["attempt_count"], max(asked, default=None))}

    def _retry_later(self, reason):
        """Try mails again later that nobody can say what is wrong with.

        :param str reason: in words, for the reader
        """
        values_by_mail = {}
        for mail in self:
            values = mail._count_attempt(True)
            retry_date = mail._next_attempt(values["attempt_count"])
            values_by_mail[mail] = {**values, "retry_date": retry_date, "failure_reason": reason}
        self._write_summaries(values_by_mail)
        self._plan_retry(values_by_mail.values())

    def _count_attempt(self, attempted):
        """:return: values for the mail: ``attempt_count``, ``first_attempt_date``"""
        return {
            "attempt_count": self.attempt_count + attempted,
            "first_attempt_date": self.first_attempt_date or fields.Datetime.now(),
        }

    @api.model
    def _next_attempt(self, attempt_count, retry_after=None):
        """When a mail is tried again after so many attempts.

        :param int retry_after: seconds that its server asked for, if it did
        :rtype: datetime
        """
        return fields.Datetime.now() + timedelta(seconds=retry_delay(attempt_count, retry_after, random.random()))

    def _tell_given_up(self):
        """Tell the author, and the document, of mails that were put off again and again and are given up now."""
        for mail in self:
            rows = mail.recipient_status_ids.filtered(lambda row: row.problem == GIVEN_UP)
            if not rows:
                continue
            text = self.env._(
                "The e-mail “%(subject)s” was given up, no mail server took it for: %(addresses)s",
                subject=mail._subject_on_document(),
                addresses=", ".join(rows.mapped("email")),
            )
            document = mail._document_with_chatter()
            if document is not None:
                document._message_log(body=text)
            for user in mail.author_id.user_ids:
                user._bus_send("simple_notification", {"type": "warning", "message": text, "sticky": True})

    def _plan_retry(self, written):
        """Wake the scheduled action when the first mail is due again of which these values were written."""
        if due := min(filter(None, (values["retry_date"] for values in written)), default=None):
            self._wake_buffer(due)

    def _failure_type(self, bad, errors):
        """Core's word for why a mail failed."""
        server = self.env["ir.mail_server"]
        for error in errors:
            code = error.args[0] if error.args else ""
            if code == server.NO_VALID_FROM:
                return "mail_from_invalid"
            if code in (server.NO_FOUND_FROM, server.NO_FOUND_SMTP_FROM):
                return "mail_from_missing"
            if code == server.NO_VALID_RECIPIENT:
                return "mail_email_invalid" if bad else "mail_email_missing"
        if any("OutboundSpamException" in (row.smtp_reply or "") for row in bad):  # Microsoft 365
            return "mail_spam"
        if bad and all(
            row.problem == DROPPED or (row.phase == "rcpt" and (row.smtp_enhanced_code or "").startswith("5.1."))
            for row in bad
        ):
            return "mail_email_invalid"
        return "unknown"


def failure_text(recipients):
    """One line per recipient: the address and what the server said, or what went wrong."""
    return "\n".join(
        f"{row.email}: {' '.join(filter(None, (str(row.smtp_code or ''), row.answer)))}" for row in recipients
    )
