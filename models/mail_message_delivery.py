from odoo import api, models
from odoo.tools import format_datetime

from ..tools.recipient_state import SENDABLE_AGAIN, URGENCY


class MailMessage(models.Model):
    """What the envelope of a message in the chatter tells: what became of it at each address."""

    _inherit = "mail.message"

    @api.readonly
    def delivery_details(self):
        """What became of this message at each of its addresses, for whoever may read it and its evidence.

        :return: a list of ``{"id", "partner_id", "email", "state", "label", "date", "code", "answer", "receipt",
            "meaning", "what_to_do", "mail_id", "can_send_again"}``, the problems first: words in the person's language;
            ``mail_id`` is False where the mail is gone or not theirs to read
        :rtype: list[dict]
        """
        self.ensure_one()
        self.check_access("read")
        recipients = self.env["mail.recipient"]
        message_id = self.sudo().message_id  # this column has the index
        if not message_id or not recipients.has_access("read"):
            return []
        recipients = recipients.search([("message_id", "=", message_id), ("mail_message_id", "=", self.id)], order="id")
        readable = recipients.mail_mail_id.exists()._filtered_access("read")
        sendable = (
            readable.filtered(lambda mail: not mail._is_text_gone())
            if self._is_document_writable()
            else readable.browse()
        )
        urgent_first = recipients.sorted(lambda row: URGENCY.index(row.state))
        return [self._delivery_detail(row, readable, sendable) for row in urgent_first]

    def _delivery_detail(self, row, readable, sendable):
        labels = dict(row._fields["state"]._description_selection(self.env))
        code, answer = self._server_answer(row)
        return {
            "id": row.id,
            "partner_id": row.partner_id.id,
            "email": row.email,
            "state": row.state,
            "label": labels[row.state],
            "date": format_datetime(self.env, row.state_date),
            "code": code,
            "answer": answer,
            "receipt": row.smtp_receipt,
            "meaning": row.cause_meaning or row.state_meaning,
            "what_to_do": row.what_to_do,
            "mail_id": (row.mail_mail_id & readable).id,
            "can_send_again": row.state in SENDABLE_AGAIN and bool(row.mail_mail_id & sendable),
        }

    def _server_answer(self, row):
        """The code and the words of the server that decided: of the returned mail where it came back."""
        if row.state == "bounced":
            code, reason = row.bounce_code or "", row.bounce_reason or ""
            return "" if code in reason else code, reason
        return row._reply_code(), row.smtp_reply or row.explanation

    def _is_document_writable(self):
        """Whether this person may decide what becomes of the mails of this message's document."""
        message = self.sudo()
        if message.model not in self.env or not message.res_id:
            return True  # as for the buttons beside an address
        return self.env[message.model].browse(message.res_id).exists().has_access("write")


class MailRecipient(models.Model):
    _inherit = "mail.recipient"

    def _reply_code(self):
        """The codes that stand before the server's words; those often repeat the second one."""
        enhanced = self.smtp_enhanced_code or ""
        codes = (str(self.smtp_code or ""), "" if (self.smtp_reply or "").startswith(enhanced) else enhanced)
        return " ".join(filter(None, codes))
