from base64 import b64encode
from datetime import datetime
from io import BytesIO

import pytz
import qrcode

from odoo import models
from odoo.tools import format_date, human_size

from ..const.certificate import CERTIFICATE_MEANINGS, FOUND, SETTLED
from ..tools.recipient_state import WENT_WELL, State
from .mail_recipient import problem_meaning

# Of one dot of the QR code, in pixels of its picture; and of the empty margin, in dots (ISO/IEC 18004 wants 4).
_QR_DOT, _QR_MARGIN = 6, 4


class MailCertificate(models.Model):
    """What a certificate says, in words: of the language it was issued in, with dates as they are written there."""

    _inherit = "mail.certificate"

    def _paper(self):
        """What stands on the paper, for its template alone: nothing but text, numbers and lists.

        :rtype: dict
        :raise AccessError: if it was issued by somebody else
        """
        self.ensure_one()
        self._check_is_own()
        certificate = self.with_context(lang=self.lang)
        facts = self._stored_facts()
        return certificate._paper_of(facts)

    def _paper_of(self, facts):
        zone = facts["time_zone"]
        mails = [self._mail_paper(mail, zone) for mail in facts["mails"]]
        is_sent = any(mail["is_sent"] for mail in facts["mails"])
        labels = self._labels("mail.certificate", "date", "user_name")
        head = [
            (self.env._("Number"), str(self.id)),
            (labels["date"], self._moment(facts["issued"], zone)),
            (self.env._("Issued by"), f"{facts['company']} ({facts['issued_by']})"),
            (self.env._("Document"), facts["document"]),
        ]
        return {
            "lang": self.lang,
            "title": self._title(is_sent),
            "head": [pair for pair in head if pair[1]],
            "mails": mails,
            "has_blind_copies": self.has_blind_copies,
            "digest": self.digest,
            "check_code": self.check_code,
            "address": self._verify_url().partition("?")[0],
            "qr": _qr_code(self._verify_url()),
        }

    def _title(self, is_sent):
        return self.env._("Certificate of sending") if is_sent else self.env._("Record of an attempt to send")

    def _mail_paper(self, mail, zone):
        recipients = [self._recipient_paper(recipient, zone) for recipient in mail["recipients"]]
        accepted = sorted(recipient["accepted"] for recipient in mail["recipients"] if recipient["accepted"])
        subject = mail["subject"] or self.env._("(not kept any more, or not shown to who issued this)")
        facts = [
            (self.env._("Subject"), subject),
            (self.env._("Sender"), mail["sender"]),
            ("Message-ID", mail["message_id"]),
        ]
        if mail["hidden_files"]:
            text = self.env._("%s more, not shown to who issued this", mail["hidden_files"])
            facts.append((self.env._("Files"), text))
        return {
            "title": self._title(mail["is_sent"]),
            "name": self.env._("E-mail %s", mail["number"]),
            "subject": mail["subject"],
            "to": self._addressees(mail),
            "when": self._moment(accepted and accepted[0], zone, is_short=True),
            "status": ", ".join(dict.fromkeys(recipient["status"] for recipient in recipients)),
            "is_trouble": any(recipient["is_trouble"] for recipient in recipients),
            "facts": [pair for pair in facts if pair[1]],
            "files": [{**file, "size": human_size(file["size"])} for file in mail["files"]],
            "recipients": recipients,
            "attempts": [self._attempt_paper(attempt, zone) for attempt in mail["attempts"]],
        }

    @staticmethod
    def _addressees(mail):
        """The first addresses, and how many more there are."""
        emails = [recipient["email"] for recipient in mail["recipients"]]
        more = [f"+{len(emails) - 3}"] if len(emails) > 3 else []
        return ", ".join([*emails[:3], *more])

    def _recipient_paper(self, recipient, zone):
        """One address: what is known, in plain words, and the facts it rests on."""
        state = recipient["state"]
        words = self._labels("mail.recipient", "smtp_server_name", "smtp_reply", "smtp_receipt", "accepted_date")
        code = " ".join(filter(None, (str(recipient["code"] or ""), recipient["enhanced_code"])))
        facts = [
            (words["accepted_date"], self._moment(recipient["accepted"], zone)),
            (self.env._("Since"), "" if recipient["accepted"] else self._moment(recipient["since"], zone)),
            (words["smtp_server_name"], recipient["server"]),
            (self.env._("Encryption"), self._encryption(recipient) if recipient["is_encryption_known"] else ""),
            (self.env._("Reply code"), code),
            (words["smtp_reply"], recipient["reply"]),
            (words["smtp_receipt"], recipient["receipt"]),
            (self.env._("Problem"), problem_meaning(self.env, recipient["problem"])),
        ]
        return {
            "email": recipient["email"],
            "kind": self._word("mail.recipient", "kind", recipient["kind"]),
            "status": self._status(state),
            "meaning": self.env._(CERTIFICATE_MEANINGS[state]),
            "is_trouble": state not in WENT_WELL | {FOUND},
            "facts": [pair for pair in facts if pair[1]],
            "returns": [self._return_paper(one, zone) for one in recipient["returns"]],
        }

    def _status(self, state):
        if state == SETTLED:
            return self.env._("Said to have arrived")
        return self._word("mail.recipient", "state", State.ACCEPTED.value if state == FOUND else state)

    def _return_paper(self, one, zone):
        """What came back, in a line, and the words of whoever reported it."""
        result = self._word("mail.report.recipient", "result", one["result"])
        code, words, server = one["code"], one["words"], one["server"]
        when = self._moment(one["date"], zone)
        return {"what": " · ".join(filter(None, (result, when, code, server))), "words": words}

    def _attempt_paper(self, attempt, zone):
        outcomes = [
            f"{self._word('mail.transaction', 'outcome', outcome)}: {count}"
            for outcome, count in attempt["outcomes"].items()
        ]
        size = attempt["size"] and self.env._("%s bytes", attempt["size"])
        return {
            "when": self._moment(attempt["start"], zone),
            "where": " · ".join(filter(None, (attempt["server"], self._encryption(attempt), size))),
            "sha256": attempt["sha256"],
            "outcome": ", ".join(outcomes),
        }

    def _encryption(self, facts):
        """The TLS version and cipher, or that there was none."""
        return " ".join(filter(None, (facts["tls"], facts["cipher"]))) or self.env._("not encrypted")

    def _moment(self, text, zone, is_short=False):
        """A time in the company's zone and in UTC, as it is written in this language; "" for none.

        :param str text: ISO 8601 in UTC
        :param str zone: such as Europe/Warsaw
        :param bool is_short: in the company's zone alone
        """
        if not text:
            return ""
        value = datetime.fromisoformat(text.removesuffix("Z"))
        local = pytz.utc.localize(value).astimezone(pytz.timezone(zone))
        offset = local.strftime("%z")
        if zone == "UTC":
            return f"{self._written(local)} UTC"
        offset = f"UTC{offset[:3]}:{offset[3:]}"
        if is_short:
            return f"{self._written(local)} ({offset})"
        return f"{self._written(local)} ({zone}, {offset}) = {self._written(value)} UTC"

    def _written(self, value):
        """A time with the month as a word: nobody takes the day for the month."""
        date = format_date(self.env, value.date(), lang_code=self.lang, date_format="long")
        return f"{date}, {value:%H:%M:%S}"

    def _labels(self, model, *names):
        """What these fields are called in this language."""
        described = self.env[model].sudo().fields_get(names, ["string"])
        return {name: described[name]["string"] for name in names}

    def _word(self, model, name, value):
        """The word for a value of a selection in this language; the value itself where there is none (any more)."""
        known = self.env[model]._fields[name]._description_selection(self.env)
        return dict(known).get(value, value)


def _qr_code(text):
    """The QR code of a text as PNG in base64. Core's own barcodes want a drawing library that not every Odoo has.

    :rtype: bytes
    """
    code = qrcode.QRCode(box_size=_QR_DOT, border=_QR_MARGIN)
    code.add_data(text)
    picture = BytesIO()
    code.make_image().save(picture, format="PNG")
    return b64encode(picture.getvalue())
