import json
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const.certificate import FOUND, SETTLED
from ..tools.address import address_key
from ..tools.certificate.facts import concealed
from ..tools.recipient_state import WENT_WELL, State
from .mail_sent_copy_making import FOUND as FOUND_IN_SENT_FOLDER

# What one certificate holds at most: a paper that nobody turns over a hundred times.
MOST_MAILS, MOST_RECIPIENTS = 100, 1000
FORMAT = 1
_NEVER_TRIED = frozenset({State.QUEUED, State.CANCELED})
_TOLD = ("applied", "known")
# A server has it, on its own word or by the copy that it keeps, and it did not come back.
_TAKEN = WENT_WELL | {FOUND}


@dataclass
class Scope:
    """What a certificate is about.

    :param dict evidence: the columns it has in common with other evidence
    :param dict mails: ``{mail id: (mail.mail, mail.recipient)}``; the mail may be gone
    :param company: whose time zone counts, and who issues it
    :param str document: the name of the document, or ""
    """

    evidence: dict
    company: object
    document: str = ""
    mails: dict = field(default_factory=dict)


class MailCertificate(models.Model):
    """What a certificate says, as facts without a language: all that the person may read, of what servers answered."""

    _inherit = "mail.certificate"

    @api.model
    def _scope_of_mail(self, mail):
        """A certificate about this one mail.

        :raise AccessError: if the person may not read it
        """
        mail.ensure_one()
        mail.check_access("read")
        evidence = mail.sudo()._evidence_values()
        company = mail.sudo().record_company_id or self.env.company
        scope = Scope(evidence, company, mail.document_name or "")
        scope.mails[mail.id] = (mail, mail.recipient_status_ids)
        return scope

    @api.model
    def _scope_of_document(self, document):
        """A certificate about all e-mails of this document, also of those that were deleted; notes are none.

        :raise AccessError: if the person may not read it
        """
        document.ensure_one()
        document.check_access("read")
        company = document.sudo()["company_id"] if "company_id" in document._fields else False
        company = company or self.env.company
        evidence = {"model": document._name, "res_id": document.id, "company_id": company.id}
        scope = Scope(evidence, company, document.display_name)
        domain = [("model", "=", document._name), ("res_id", "=", document.id)]
        rows = self.env["mail.recipient"].search(domain, limit=MOST_RECIPIENTS + 1)
        mails = self.env["mail.mail"].search(domain, limit=MOST_MAILS + 1)
        if len(rows) > MOST_RECIPIENTS or len(mails) > MOST_MAILS:
            raise UserError(
                self.env._(
                    "This document has more than %(mails)s e-mails or %(recipients)s recipients: too many for one"
                    " certificate. Issue it from the single e-mails.",
                    mails=MOST_MAILS,
                    recipients=MOST_RECIPIENTS,
                )
            )
        ids = rows._stored_ids("mail_mail_id")
        for mail_id in sorted({*mails.ids, *filter(None, ids.values())}):
            mail = mails.filtered(lambda mail, mail_id=mail_id: mail.id == mail_id)
            of_mail = rows.filtered(lambda row, mail_id=mail_id: ids[row.id] == mail_id)
            if not _is_internal(mail, of_mail):
                scope.mails[mail_id] = (mail, of_mail)
        return scope

    @api.model
    def _facts(self, scope, has_blind_copies):
        """All that the paper says, without a language. Dates are ISO 8601 in UTC.

        :rtype: dict
        :raise UserError: if nothing was sent, or nothing is recorded of it
        """
        hidden = set()
        mails = []
        for mail_id, (mail, rows) in scope.mails.items():
            blind = rows.filtered(lambda row: row.kind == "bcc")
            if not has_blind_copies:
                hidden |= set(blind.mapped("email"))
                rows -= blind
            if any(row.state not in _NEVER_TRIED for row in rows):
                mails.append(self._mail_facts(mail_id, mail, rows.sorted("id")))
        if not mails:
            raise UserError(self._nothing_to_certify(scope))
        if sum(len(mail["recipients"]) for mail in mails) > MOST_RECIPIENTS:
            raise UserError(self.env._("More than %s recipients are too many for one certificate.", MOST_RECIPIENTS))
        facts = {
            "format": FORMAT,
            "issued": _iso(fields.Datetime.now()),
            "issued_by": self.env.user.sudo().name,
            "company": scope.company.sudo().name,
            "time_zone": scope.company.sudo().partner_id.tz or self.env.user.tz or "UTC",
            "document": scope.document,
            "mails": mails,
        }
        # A server may name one address in its answer about another.
        named = {recipient["email"] for mail in mails for recipient in mail["recipients"]}
        return concealed(facts, hidden - named)

    def _nothing_to_certify(self, scope):
        """Why there is no certificate, in words."""
        rows = [row for _mail, rows in scope.mails.values() for row in rows]
        if any(row.state not in _NEVER_TRIED for row in rows):
            return self.env._(
                "Only blind copies (Bcc) were sent, and a certificate names them only if you choose so. Such a"
                " certificate is for your own files."
            )
        if any(mail.state in ("sent", "received") for mail, _rows in scope.mails.values()):
            return self.env._(
                "Nothing is recorded of how this was sent: before this was recorded, or in another way than by SMTP. So"
                " there is nothing to certify."
            )
        return self.env._("Nothing was sent yet, so there is nothing to certify.")

    def _mail_facts(self, mail_id, mail, rows):
        """What is known of one mail.

        :param mail.mail mail: or none, if it is gone
        :param mail.recipient rows: those that may be named
        """
        attempts = self.env["mail.transaction"].search([("mail_mail_id", "=", mail_id)], order="id")
        recipients = [self._recipient_facts(row, attempts) for row in rows]
        return {
            "number": mail_id,
            "is_sent": any(recipient["state"] in _TAKEN for recipient in recipients),
            "subject": mail.readable_subject or "",
            "sender": mail.email_from or "",
            "message_id": mail.message_id or rows[:1].message_id or "",
            "files": [_file_facts(one) for one in mail.unrestricted_attachment_ids.sorted("id")],
            "hidden_files": mail.restricted_attachment_count,
            "recipients": recipients,
            "attempts": list(filter(None, (_attempt_facts(one, rows) for one in attempts))),
        }

    def _recipient_facts(self, row, attempts):
        """What is known of one address of a mail."""
        last = attempts & row.transaction_id
        state = _certified_state(row)
        return {
            "email": row.email,
            "kind": row.kind or "to",
            "state": state,
            "since": _iso(row.state_date),
            "accepted": _iso(row.accepted_date),
            "server": row.smtp_server_name or "",
            "code": row.smtp_code or 0,
            "enhanced_code": row.smtp_enhanced_code or "",
            "reply": row.smtp_reply or "",
            "receipt": row.smtp_receipt or "",
            "problem": "" if state in _TAKEN else row.problem or "",
            "tls": last.tls_version or "",
            "cipher": last.tls_cipher or "",
            "is_encryption_known": bool(last),
            "returns": _return_facts(row),
        }

    def _stored_facts(self):
        """What this certificate says, as it was issued."""
        return json.loads(self.sudo().facts)


def _is_internal(mail, rows):
    """Whether a mail is a note, or a notification to colleagues: as ``mail.document.status`` says it."""
    message = (mail.mail_message_id or rows.mail_message_id).sudo()[:1]
    is_note = message.is_internal or message.subtype_id.internal or message.message_type == "user_notification"
    if not is_note:
        return False
    partners = rows.sudo().partner_id or mail.sudo().recipient_ids
    is_outside = any(not row.partner_id for row in rows.sudo()) or bool(mail.sudo().email_to)
    return not is_outside and not any(partner.partner_share for partner in partners)


def _certified_state(row):
    """The state of a recipient; apart from "accepted" where no server said so."""
    if row.state != State.ACCEPTED or row.smtp_code:
        return row.state
    return FOUND if row.problem == FOUND_IN_SENT_FOLDER else SETTLED


def _iso(value):
    return value.isoformat(timespec="seconds") + "Z" if value else ""


def _file_facts(attachment):
    """A file, as it is kept now; without a hash where it is not there any more."""
    content = attachment.raw or b""
    return {
        "name": attachment.name or "",
        "size": len(content),
        "sha256": sha256(content).hexdigest() if content else "",
    }


def _attempt_facts(attempt, rows):
    """One attempt to hand the mail over, as far as it was for these recipients; None if it was for none of them."""
    named = set(map(address_key, rows.mapped("email")))
    replies = attempt.recipient_replies or ()
    outcomes = Counter(reply["outcome"] for reply in replies if address_key(reply["email"]) in named)
    if not outcomes:
        return None
    return {
        "start": _iso(attempt._leaving_date()),
        "server": attempt.smtp_server_name or "",
        "tls": attempt.tls_version or "",
        "cipher": attempt.tls_cipher or "",
        "size": attempt.size,
        "sha256": attempt.message_sha256 or "",
        "outcomes": dict(outcomes),
    }


def _return_facts(row):
    """What came back about this address, the first first. A report that proves nothing is not told."""
    lines = row.report_line_ids.filtered(lambda line: line.state in _TOLD and line.result).sorted("id")
    returns = [
        {
            "date": _iso(line.report_date),
            "result": line.result,
            "code": line.status_code or "",
            "words": line.diagnostic or "",
            "server": line.remote_mta or "",
        }
        for line in lines
    ]
    if row.bounce_date and "failed" not in lines.mapped("result"):
        words = {"code": row.bounce_code or "", "words": row.bounce_reason or "", "server": ""}
        returns.append({"date": _iso(row.bounce_date), "result": "failed", **words})
    return returns
