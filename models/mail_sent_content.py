import base64
import zlib

from odoo import api, fields, models

from ..engine.sent_message import pack, unpack
from .mail_evidence import LooseMany2one


class MailSentContent(models.Model):
    """What left in one mail transaction, byte by byte, for as long as somebody needs it.

    No group has any right to it: what a mail says is read from the mail, by whoever may read that.
    """

    _name = "mail.sent.content"
    _description = "Content of a Mail That Was Sent"
    _rec_name = "id"

    transaction_id = LooseMany2one("mail.transaction", "Attempt", readonly=True, required=True, index=True)
    packed = fields.Binary("Content", attachment=True, readonly=True, copy=False)

    @api.model
    def _keep(self, deliveries):
        """Keep what is about to leave.

        :param list[Delivery] deliveries: opened
        """
        self.sudo().create(
            [
                {"transaction_id": delivery.transaction_id, "packed": base64.b64encode(pack(delivery.message))}
                for delivery in deliveries
            ]
        )

    @api.model
    def _of(self, transaction_ids):
        """What is kept of some transactions.

        :param transaction_ids: ids, also of transactions that this database transaction does not see
        :rtype: mail.sent.content
        """
        return self.sudo().search([("transaction_id", "in", list(transaction_ids))])

    def _message(self):
        """The message as it left, with CRLF line ends.

        :return: None if it is not there any more, or damaged
        :rtype: bytes | None
        """
        packed = self[:1].sudo().with_context(bin_size=False).packed
        try:
            return unpack(base64.b64decode(packed)) if packed else None
        except (zlib.error, ValueError):
            return None
