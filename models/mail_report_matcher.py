from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.recipient_state import Event
from ..tools.report import Kind, parse_report
from ..tools.report.match_keys import address_key, address_keys, envelope_ids, is_token, receipt_forms

# So long a sender may take to record what a transaction came to, and its mail's row to become visible.
RECORDING_MINUTES = 2
UNCOMMITTED_MINUTES = 15
# How old a mail may be that a report without any id is offered for.
CANDIDATE_DAYS = 30
MOST_CANDIDATES = 5
# A shorter receipt can be guessed.
SHORTEST_RECEIPT = 8
# A mail that was sent before this module was installed comes back within this time, or never: servers give up after
# five days, seldom later.
OLD_MAIL_DAYS = 14


@dataclass
class Match:
    """What a report was found to be about."""

    transaction: Any  # mail.transaction, empty if nothing matched
    problem: str = ""  # const.REPORT_PROBLEMS, "" if at least one address matched
    addresses: dict = field(default_factory=dict)  # place in report.recipients -> (transaction, address in it)

    @property
    def is_known(self):
        """Whether the mail and the address are known; a report that is not proved changes nothing all the same."""
        return self.problem in ("", "not_proved")


class IncomingMail:
    """A mail that came in: parsed when it comes, matched when somebody asks, each once.

    :param mail.report.matcher matcher: finds what it is about
    :param bytes source: the mail as it came
    """

    def __init__(self, matcher, source):
        self._matcher = matcher
        self.source = source
        self.report = parse_report(source)

    @cached_property
    def match(self):
        """What it was found to be about.

        :rtype: Match
        """
        return self._matcher._match(self.report)

    @property
    def is_return(self):
        """Whether it says something of a mail that was sent, or a mail system sent it back in a form not known."""
        return self.report.kind is not Kind.NONE or self.report.is_unreadable


class MailReportMatcher(models.AbstractModel):
    """Finds the mail transaction that a returned mail speaks of."""

    _name = "mail.report.matcher"
    _description = "Matching of Returned Mails"

    @api.model
    def _incoming(self, source):
        """Parse a mail that came in.

        :param bytes source: the mail as it came
        :rtype: IncomingMail
        """
        return IncomingMail(self, source)

    @api.model
    def _match(self, report):
        """Find the transaction and the addresses, in the order of certainty.

        Nothing counts that the report only claims: a token of our form that we never gave out contradicts all
        else, and an address counts only if it was in the very envelope.

        All emails of a message share its Message-ID. So that proves something only if one address alone got it: nobody
        who got the mail may speak for somebody else who did.

        :param Report report: the parsed mail
        :rtype: Match
        """
        transactions = self.env["mail.transaction"].sudo()
        if not report.recipients and report.kind is not Kind.AUTO_REPLY:
            return Match(self._by_envelope_id(report), "no_recipient")
        envelope = self._by_envelope_id(report)
        if envelope:
            return self._with_addresses(report, envelope)
        if any(map(is_token, envelope_ids(report))):
            return Match(transactions, "unknown_token")
        sent_as = self._by_message_id(report)
        match = self._with_addresses(report, sent_as)
        if match.addresses and len(self._address_keys_of(sent_as)) > 1:
            match.problem = "not_proved"
        if match.problem:
            by_receipt = self._match_by_receipt(report)
            if not by_receipt.problem or not match.transaction:
                match = by_receipt
        if not match.transaction:
            match.problem = "unknown_mail"
        return match

    def _match_by_receipt(self, report):
        """Match by the id that the mail server gave one envelope: the server knows it, and who got that envelope."""
        receipts = [*report.queue_ids, *receipt_forms(report.message_id)]
        found = self.env["mail.transaction"].sudo()
        if receipts:
            found = found.search(Domain("smtp_receipt", "in", receipts), order="id desc", limit=50)
        match = self._with_addresses(report, found)
        if match.addresses and (len(found) > 1 or len(found.smtp_receipt) < SHORTEST_RECEIPT):
            match.problem = "not_proved"
        return match

    def _address_keys_of(self, transactions):
        """All addresses that these transactions had in their envelopes."""
        return {address_key(email) for row in transactions for email in (row.recipients or "").split("\n")}

    def _by_envelope_id(self, report):
        transactions = self.env["mail.transaction"].sudo()
        ids = envelope_ids(report)
        return transactions.search([("envelope_id", "in", ids)], order="id desc", limit=1) if ids else transactions

    def _by_message_id(self, report):
        """The transactions of the mail that the report names, by our Message-ID or by the one a provider gave it."""
        transactions = self.env["mail.transaction"].sudo()
        if not report.message_id:
            return transactions
        domain = Domain("message_id", "=", report.message_id)
        domain |= Domain("smtp_receipt", "in", receipt_forms(report.message_id))
        # A mail to many followers has as many transactions; nothing but their addresses is read.
        return transactions.search_fetch(domain, ["recipients"], order="id desc", limit=2000)

    def _with_addresses(self, report, transactions):
        """Which of the report's addresses were in which envelope. The newest attempt comes first."""
        match = Match(transactions[:1], "foreign_address")
        if report.kind is Kind.AUTO_REPLY:  # it concerns the mail, it says nothing of an address
            return Match(transactions[:1], "" if transactions else "unknown_mail")
        sent_to = [(row, {address_key(one): one for one in (row.recipients or "").split("\n")}) for row in transactions]
        for place, recipient in enumerate(report.recipients):
            for key in address_keys(recipient):
                found = next(((row, keys[key]) for row, keys in sent_to if key in keys), None)
                if found:
                    match.addresses[place] = found
                    break
        if match.addresses:
            match.transaction = next(iter(match.addresses.values()))[0].with_prefetch()
            match.problem = ""
        return match

    @api.model
    def _recipient_of(self, line, mail):
        """The recipient that a line is about.

        Where the sender's own record was rolled back it is made, or brought up to date, from the evidence.

        :param mail.report.recipient line: with its transaction
        :param mail.mail mail: locked; empty if it is gone, or cannot be seen yet
        :return: empty while the sender may still be recording
        """
        transaction = line.transaction_id.sudo()
        recipients = self.env["mail.recipient"].sudo()
        email = line.original_email.lower()
        mail_id = transaction._stored_ids("mail_mail_id").get(transaction.id)
        rows = recipients.search([("mail_mail_id", "=", mail_id), ("email", "=", email)])
        partners, partner_id = rows._stored_ids("partner_id"), transaction._stored_ids("partner_id").get(transaction.id)
        row = rows.filtered(lambda row: partners[row.id] == partner_id)[:1]
        if row and (row._stored_ids("transaction_id")[row.id] or 0) >= transaction.id:
            return row
        now = fields.Datetime.now()
        patience = timedelta(minutes=RECORDING_MINUTES if mail else UNCOMMITTED_MINUTES)
        if transaction.outcome == "open" or (transaction.end_date or now - patience) > now - patience:
            return recipients
        return self._restore_from_evidence(row, transaction, email)

    def _restore_from_evidence(self, row, transaction, email):
        """Record the reply that the evidence has and the recipient has not."""
        replies = {reply["email"].lower(): reply for reply in transaction.recipient_replies or ()}
        reply = replies.get(email, {})
        facts = {
            "transaction_id": transaction.id,
            **{name: transaction[name] for name in ("envelope_id", "smtp_receipt", "smtp_server_name")},
            "smtp_code": reply.get("code"),
            "smtp_enhanced_code": reply.get("enhanced_code"),
            "smtp_reply": reply.get("reply"),
            "phase": reply.get("phase"),
            "accepted_date": transaction.end_date,
        }
        if row:
            row._apply_event(Event.ACCEPT, facts)
            return row
        common = self.env["mail.report"]._evidence_of(transaction)
        partner_id = transaction._stored_ids("partner_id")[transaction.id]
        values = {**common, **facts, "email": email, "partner_id": partner_id, "state": "accepted"}
        return self.env["mail.recipient"].sudo()._with_evidence_token().create(values)

    # === MAILS FROM BEFORE === #

    @api.model
    def _is_from_before(self, incoming, message_ids=()):
        """Whether a report may be about a mail that was sent before this module kept evidence.

        So it is if the mail is known and has no transaction, nor was imported. A report that names no mail of ours may
        be about one too, but only in the first days, and not for an address that mails were sent to under our eyes.

        :param IncomingMail incoming: the report
        :param message_ids: more ids that the mail may have
        """
        report = incoming.report
        ids = [*filter(None, [report.message_id, *message_ids])]
        transactions = self.env["mail.transaction"].sudo()
        if incoming.match.transaction or any(map(is_token, envelope_ids(report))):
            return False
        if ids and transactions.search_count([("message_id", "in", ids)], limit=1):
            return False
        is_imported = [("message_id", "in", ids), ("is_imported", "=", True)]
        if ids and self.env["mail.recipient"].sudo().search_count(is_imported, limit=1):
            return False
        if ids and self.env["mail.message"].sudo().search_count([("message_id", "in", ids)], limit=1):
            return True
        first = transactions.search([("start_date", "!=", False)], order="id", limit=1)
        if first and first.start_date < fields.Datetime.now() - timedelta(days=OLD_MAIL_DAYS):
            return False
        keys = [key for recipient in report.recipients for key in address_keys(recipient)]
        return not self.env["mail.recipient"].sudo().search_count([("email", "in", keys)], limit=1)

    # === CANDIDATES === #

    @api.model
    def _candidates(self, emails, message_ids):
        """The recipients that an unmatched report is most likely about, the likeliest first.

        Searched with the rights of the user who looks: companies stay apart.

        :rtype: mail.recipient
        """
        recipients = self.env["mail.recipient"]
        keys = [key for key in map(address_key, filter(None, emails)) if key]
        ids = [one for one in message_ids if one]
        since = fields.Datetime.now() - timedelta(days=CANDIDATE_DAYS)
        domains = []
        if ids and keys:
            domains.append(Domain("message_id", "in", ids) & Domain("email", "in", keys))
        if ids:
            domains.append(Domain("message_id", "in", ids))
        if keys:
            domains.append(Domain("email", "in", keys) & Domain("create_date", ">=", since))
        for domain in domains:
            recipients |= recipients.search(domain, order="id desc", limit=MOST_CANDIDATES)
        return recipients[:MOST_CANDIDATES]
