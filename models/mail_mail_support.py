from datetime import datetime

from odoo import fields, models

from ..const_causes import CAUSE_WORDS
from ..tools.mask import mask_addresses
from ..tools.smtp.secret import Secrets
from .mail_recipient import problem_meaning
from .software_versions import software_versions

_MAIL = (
    "message_id",
    "delivery_status",
    "state",
    "create_date",
    "scheduled_date",
    "retry_date",
    "accepted_date",
    "bounce_date",
    "read_date",
    "attempt_count",
    "first_attempt_date",
    "smtp_server_name",
    "is_held",
    "is_receipt_requested",
    "text_removed_date",
    "failure_type",
    "failure_reason",
    "email_from",
    "reply_to",
)
_RECIPIENT = (
    "kind",
    "state",
    "state_date",
    "smtp_server_name",
    "smtp_code",
    "smtp_enhanced_code",
    "smtp_reply",
    "smtp_receipt",
    "phase",
    "problem",
    "cause",
    "accepted_date",
    "bounce_date",
    "bounce_type",
    "bounce_code",
    "bounce_reason",
    "read_date",
)
_TRANSACTION = (
    "start_date",
    "data_date",
    "end_date",
    "duration",
    "smtp_server_name",
    "tls_version",
    "tls_cipher",
    "size",
    "outcome",
    "phase",
    "smtp_code",
    "smtp_enhanced_code",
    "smtp_reply",
    "smtp_receipt",
    "problem",
    "recipients",
    "sender",
    "envelope_id",
    "transcript",
)
_REPORT = (
    "date",
    "kind",
    "result",
    "state",
    "problem",
    "error",
    "email_from",
    "emails",
    "reporting_mta",
    "format",
    "queue_ids",
    "reason",
)
_SERVER = (
    "name",
    "smtp_host",
    "smtp_port",
    "smtp_encryption",
    "smtp_authentication",
    "from_filter",
    "max_connections",
    "mails_per_connection",
    "is_step_by_step",
    "limit_minute",
    "limit_hour",
    "limit_day",
    "is_paused",
    "suspended_since",
    "suspended_until",
    "suspension_reason",
    "limited_until",
)


class MailMail(models.Model):
    """Everything about one mail as text, for whoever asks support: in English, without a password, without its text."""

    _inherit = "mail.mail"

    def action_support_report(self):
        """Show the report, to be copied or downloaded."""
        self.ensure_one()
        self._check_there_to_read()
        wizard = self.env["mail.support.report"].create({"mail_id": self.id})
        return wizard._open(self.env._("Report for support"))

    def _support_report(self, is_masked):
        """What this person may read of the mail and of what became of it.

        :param bool is_masked: whether addresses are not to be told
        :rtype: str
        """
        mail = self.with_context(lang="en_US", tz="UTC")
        secrets = Secrets(*self.env["ir.mail_server"]._secrets())
        text = secrets.scrub("\n".join(mail._support_lines()))
        if not is_masked:
            return text
        message_ids = {self.message_id or "", *self.sudo().transaction_ids.mapped("message_id")}
        envelopes = {envelope or "" for envelope in self.sudo().transaction_ids.mapped("envelope_id")}
        return mask_addresses(text, {one.strip("<> ") for one in message_ids | envelopes})

    def _support_lines(self):
        """The report, line by line. All times are in UTC."""
        yield f"Report on one e-mail, {fields.Datetime.now()} UTC"
        yield software_versions(self.env)
        yield from ("", f"E-mail {self.id}", *_facts(self, _MAIL))
        if self.is_document_readable:
            yield f"  Document: {self.sudo().model} {self.sudo().res_id}"
        if reason := self.reason:
            yield f"  Why it waits or failed: {reason}"
        for row in self.recipient_status_ids:
            yield from ("", f"Recipient {row.email}", *_facts(row, _RECIPIENT), *_meaning(row))
        if not self.recipient_status_ids:
            yield from ("", f"Recipients: {self.to_text or '-'}; nothing is recorded of how it was sent")
        for number, attempt in enumerate(self.transaction_ids.sorted("id"), 1):
            yield from ("", f"Attempt {number}", *_facts(attempt, _TRANSACTION))
        for report in self.report_ids:
            yield from ("", "Came back", *_facts(report, _REPORT))
        server = self.sudo().mail_server_id or self.sudo().transaction_ids.mail_server_id[:1]
        if server and server.sudo(False).has_access("read"):
            yield from ("", "Outgoing mail server, as it is set now", *_facts(server.sudo(False), _SERVER))


def _facts(record, names):
    """The fields of a record that this person may read and that say something, one a line, in English.

    :rtype: Iterator[str]
    """
    described = record.fields_get(names, ["string", "selection"])
    for name in names:
        if name in described and (value := record[name]):
            if isinstance(value, datetime):
                value = value.replace(microsecond=0)
            value = dict(described[name].get("selection") or ()).get(value, value)
            first, *more = str(value).splitlines() or [""]
            yield f"  {described[name]['string']}: {first}"
            yield from (f"    {line}" for line in more)


def _meaning(row):
    """What a failure means and what to do, as the Sent tab says it."""
    if row.cause:
        words = CAUSE_WORDS[row.cause]
        yield f"  What it means: {row.env._(words.meaning)}"
        yield f"  What to do: {row.env._(words.what_to_do)}"
    elif row.problem:
        yield f"  What it means: {problem_meaning(row.env, row.problem)}"
