from collections import defaultdict

from odoo import models

from ..tools.recipient_state import STATE_OF_MAIL_STATE, URGENCY, WENT_WELL, State, summarize

# The summary that _update_summary() writes. Nobody else may: it is shown as proof.
SUMMARY_FIELDS = frozenset(
    {
        "delivery_status",
        "smtp_code",
        "smtp_enhanced_code",
        "smtp_reply",
        "smtp_receipt",
        "smtp_server_name",
        "accepted_date",
        "bounce_date",
        "bounce_type",
        "bounce_code",
        "bounce_reason",
        "cause",
        "read_date",
        "attempt_count",
        "first_attempt_date",
        "retry_date",
        "waits_for_server_id",
    }
)
# What hardly any two mails have in common.
_DIFFERS = frozenset({"smtp_reply", "smtp_receipt"})


class MailMail(models.Model):
    """The summary of a mail: what its recipients come to, stored for the lists."""

    _inherit = "mail.mail"

    def _update_summary(self, **values):
        """Derive what is stored on the mails from their recipients, and write the given fields of core with it.

        :param values: such as ``state``, ``failure_reason``
        """
        self._write_summaries(dict.fromkeys(self, values))

    def _write_summaries(self, values_by_mail):
        """The same for each mail with values of its own; the database gets them in one statement.

        Mails of one batch differ in little: what they have in common is written for all of them at once.

        :param dict values_by_mail: ``{mail: {field: value}}``
        """
        alike = defaultdict(list)
        for mail, values in values_by_mail.items():
            summary = mail._summary(values.get("state", mail.state))
            values = {name: value for name, value in summary.items() if value or mail[name]} | values
            if own := {name: values.pop(name) for name in _DIFFERS.intersection(values)}:
                mail._write_core(own)
            alike[tuple(values.items())].append(mail.id)
        for values, ids in alike.items():
            self.browse(ids)._write_core(dict(values))
        self.browse(mail.id for mail in values_by_mail)._tell_changed()

    def _summary(self, state):
        """What the mail's recipients come to, as the fields that show it.

        :param str state: core's state of the mail, which counts where there is no recipient
        """
        recipients = self.recipient_status_ids
        shown, bounced = recipients, recipients
        if len(recipients) > 1:
            shown = min(recipients, key=lambda recipient: URGENCY.index(recipient.state))
            bounced = recipients.filtered("bounce_date").sorted("bounce_date")[:1]
        return {
            "delivery_status": summarize(State(recipient.state) for recipient in recipients)
            or (state in STATE_OF_MAIL_STATE and STATE_OF_MAIL_STATE[state].value),
            **{name: shown[name] for name in ("smtp_code", "smtp_enhanced_code", "smtp_reply", "smtp_receipt")},
            "smtp_server_name": shown.smtp_server_name,
            # Of what could not even be made no address knows the cause.
            "cause": shown.cause if recipients else state == "exception" and self.cause,
            **{
                name: max(filter(None, (recipient[name] for recipient in recipients)), default=False)
                for name in ("accepted_date", "read_date")
            },
            **{name: bounced[name] for name in ("bounce_date", "bounce_type", "bounce_code", "bounce_reason")},
        }

    def _update_settled(self):
        """Follow what a person or a report said of recipients whose outcome was unknown."""
        self._update_summary()
        for mail in self.filtered(lambda mail: mail.state == "exception"):
            if all(row.state in WENT_WELL for row in mail.recipient_status_ids):
                mail._update_summary(state="sent", failure_type=False, failure_reason=False)
                mail.filtered("auto_delete")._remove_texts()
