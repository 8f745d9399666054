import hashlib

from odoo import api, fields, models

from ..const import REPORT_KINDS
from ..tools.evidence import EVIDENCE_COLUMNS
from ..tools.report.header import date_time
from ..tools.report.result import Result
from ..tools.report.sanitize import clean, without_secrets


class MailReport(models.Model):
    """What a returned mail says, as the fields of its rows."""

    _inherit = "mail.report"

    def _fingerprint(self, incoming):
        """A text that is the same for two copies of one report.

        A matched report is what it says of whom: so the copy that a server sends to its postmaster, or a report that
        lies in two mailboxes, counts once. Any other is its own id and content.
        """
        report, match = incoming.report, incoming.match
        said = [
            (one.recipient.lower(), one.original_recipient.lower(), _word(one.result), str(one.status or ""))
            for one in report.recipients
        ]
        words = [report.kind.value, report.disposition and report.disposition.type, sorted(said)]
        if match.problem or not said:
            own = report.own_id or hashlib.sha256(incoming.source).hexdigest()
            words += [own, report.envelope_id, report.message_id]
        else:
            words.append(sorted({row.id for row, _address in match.addresses.values()}))
        return hashlib.sha256(repr(words).encode()).hexdigest()

    # === THE REPORT === #

    def _report_values(self, incoming):
        """The fields of a report, but for its lines."""
        parsed, match = incoming.report, incoming.match
        transaction = match.transaction
        now = fields.Datetime.now()
        values = {
            "kind": parsed.kind.value,
            "result": _word(parsed.result) or False,
            "state": "unmatched" if match.problem else "pending",
            "problem": match.problem,
            "message_id": transaction.message_id or clean(parsed.message_id or next(iter(parsed.references), "")),
            "envelope_id": clean(parsed.envelope_id),
            "queue_ids": clean(" ".join(parsed.queue_ids), 1000),
            "reporting_mta": clean(parsed.reporting_mta),
            "format": parsed.format,
            "reason": self._shown_text(parsed.text),
            "date": min(date_time(parsed.date) or now, now),  # a clock that is fast makes no future
            "subject": parsed.subject,
            "email_from": parsed.sender,
        }
        if match.is_known:
            values |= self._evidence_of(transaction)
            values |= self._without_quotes_of(transaction.mail_mail_id.sudo().exists(), values)
        else:
            values["company_id"] = self._guess_company(parsed, transaction)
        return values

    def _shown_text(self, text):
        """Words of a report as people may read them: more people read a report than the mail that it quotes."""
        parameters = self.env["ir.config_parameter"].sudo()
        site = parameters.get_param("web.base.url") or ""
        return without_secrets(clean(text, 4000), (site,))

    def _without_quotes_of(self, mail, values):
        """What a report says, without what it quotes of the mail that it is about.

        :param mail.mail mail: empty if it is gone
        """
        if not mail or mail._is_for_addressee_alone():
            return {"subject": dict(REPORT_KINDS)[values["kind"]], "reason": False}
        subject = mail.subject or ""
        if len(subject) < 4:
            return {}
        return {name: (values[name] or "").replace(subject, "…") for name in ("subject", "reason")}

    def _evidence_of(self, transaction):
        """The columns that a report has in common with the transaction it is about."""
        return {**transaction._evidence_values(), "transaction_id": transaction.id}

    @api.model
    def _values_from_before(self, parsed):
        """The fields of a report about a mail that was sent before evidence was kept: core records what it says."""
        messages = self.env["mail.message"].sudo()
        message = messages.search([("message_id", "=", parsed.message_id)], limit=1) if parsed.message_id else messages
        values = {"state": "core", "problem": False}
        if message:
            values |= message._evidence_values()
        return values

    def _guess_company(self, parsed, transaction):
        """Which company's managers should look at an unmatched report. None: those of any company."""
        if transaction.company_id:
            return transaction.company_id.id
        domains = {address.rpartition("@")[2].lower() for address in parsed.addressed_to}
        aliases = self.env["mail.alias.domain"].search([("name", "in", list(domains))])
        return aliases.company_ids.id if len(aliases.company_ids) == 1 else None

    # === ITS LINES === #

    def _line_values(self, incoming, values):
        """The fields of the lines of a report, one for each address that it speaks of.

        :param dict values: of the report
        :rtype: list[dict]
        """
        unmatched = {name: values.get(name) for name in EVIDENCE_COLUMNS}
        lines = []
        for place, recipient in enumerate(incoming.report.recipients):
            transaction, address = incoming.match.addresses.get(place, (None, recipient.original_recipient))
            line = {
                **(self._evidence_of(transaction) if transaction else unmatched),
                **self._recipient_values(recipient),
                "original_email": clean(address, 320),
                "state": "pending" if transaction else "unmatched",
            }
            if transaction and incoming.match.problem == "not_proved":
                line |= self._unproved_values(transaction, address)
            lines.append(line)
        return lines

    def _recipient_values(self, recipient):
        """What a report says of one recipient, as fields of its line."""
        is_delayed = recipient.result is Result.DELAYED
        return {
            "email": clean(recipient.recipient, 320),
            "result": _word(recipient.result) or False,
            "status_code": str(recipient.status or ""),
            "reply_code": recipient.reply_code,
            "bounce_type": ("hard" if recipient.hard else "soft") if recipient.is_bounce else False,
            "diagnostic": self._shown_text(recipient.diagnostic),
            "remote_mta": clean(recipient.remote_mta),
            "retry_until": date_time(recipient.retry_until) if is_delayed else None,
        }

    def _unproved_values(self, transaction, address):
        """A line that is shown on its recipient, and counts nowhere."""
        domain = [("mail_mail_id", "=", transaction.mail_mail_id.id), ("email", "=", address.lower())]
        rows = self.env["mail.recipient"].search([*domain, ("partner_id", "=", transaction.partner_id.id)], limit=1)
        return {"state": "unproved", "recipient_id": rows.id}


def _word(result):
    """The stored word for a result; "" for none."""
    return result.value if result else ""
