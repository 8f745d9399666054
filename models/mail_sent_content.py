import zlib

from psycopg2.extensions import TransactionRollbackError

from odoo import api, models
from odoo.tools import SQL

from ..engine.sent_message import pack, unpack
from .mail_evidence import LooseMany2one

NAME = "sent"
# Contents that are removed together.
BATCH = 200


class MailSentContent(models.Model):
    """What left in one mail transaction, byte by byte, for as long as somebody needs it.

    No group has any right to it: what a mail says is read from the mail, by whoever may read that.
    """

    _name = "mail.sent.content"
    _description = "Content of a Mail That Was Sent"
    _rec_name = "id"

    transaction_id = LooseMany2one("mail.transaction", "Attempt", readonly=True, required=True, index=True)

    @api.model
    def _keep(self, deliveries):
        """Keep what is about to leave.

        :param list[Delivery] deliveries: opened
        """
        contents = self.sudo().create([{"transaction_id": delivery.transaction_id} for delivery in deliveries])
        # Not as a binary field: that would look into each for what it is, in ten times the time.
        self.env["ir.attachment"].sudo().create(
            [
                {
                    "name": NAME,
                    "res_model": self._name,
                    "res_id": content.id,
                    "raw": pack(delivery.message),
                    "mimetype": "application/zlib",
                }
                for content, delivery in zip(contents, deliveries, strict=True)
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
        files = (
            self.env["ir.attachment"].sudo().search([("res_model", "=", self._name), ("res_id", "in", self[:1].ids)])
        )
        packed = files[:1].raw
        try:
            return unpack(packed) if packed else None
        except zlib.error:
            return None

    @api.model
    def _drop_unneeded(self):
        """Remove what no copy waits for any more: many at a time, which takes no longer than one. Commits."""
        self.env["mail.sent.copy"].flush_model(["state", "transaction_id"])
        unneeded = SQL(
            """SELECT content.id FROM mail_sent_content content
                WHERE NOT EXISTS (SELECT FROM mail_sent_copy copy
                                   WHERE copy.state = 'waiting' AND copy.transaction_id = content.transaction_id)
                ORDER BY content.id LIMIT %s FOR UPDATE OF content SKIP LOCKED""",
            BATCH,
        )
        try:
            while ids := [row_id for (row_id,) in self.env.execute_query(unneeded)]:
                self.sudo().browse(ids).unlink()
                self.env["ir.cron"]._commit_progress(0)
        except TransactionRollbackError:  # another worker is at it
            self.env.cr.rollback()
