from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ..tools.kept_message import DamagedMessage, MissingFile, checksum, files_in, sha256, unpack
from .mail_evidence import ADMINISTRATORS

PARAMETER = "mail_delivery_status.keep_exact"
# There is no such model: so nobody reads the files, administrators neither (core's rule for what belongs to a model
# that is gone). They belong to an attempt.
FILES_MODEL = "mail.transaction.file"
# Rows a statement: whoever wants to write one of them waits no longer than that.
BATCH = 1000


class MailTransaction(models.Model):
    """The message of an attempt, byte by byte as it was sent: its SHA-256 for ever, itself as long as the mail's text.

    The row of the attempt holds it, packed by ``tools/kept_message.py``, and is written before anything leaves. Files
    that Odoo has in its filestore anyway are not stored a second time: what is kept of them is their SHA-1. A file that
    nobody else keeps, or that must not be missing (for the copy in the Sent folder), is kept as an attachment that
    nobody can read; it takes a row and no space where the filestore has the same content.
    """

    _inherit = "mail.transaction"

    message_sha256 = fields.Char(
        "SHA-256",
        readonly=True,
        copy=False,
        help="The fingerprint of the message as it was sent: each line ends with CRLF, the last one, too; from the"
        " first header to the end of the content; without what mail servers put above it on its way. Nobody can make"
        " another message with the same fingerprint. Empty: nothing was sent, or another add-on has sent it in its own"
        " way.",
    )
    sent_message = fields.Binary(attachment=False, readonly=True, copy=False, groups=NO_ACCESS)
    has_sent_message = fields.Boolean(compute="_compute_has_sent_message", groups=ADMINISTRATORS)

    # What is still kept, among all that was ever sent.
    _with_sent_message = models.Index("(mail_mail_id) WHERE sent_message IS NOT NULL")

    def init(self):
        # It is packed already: PostgreSQL would try in vain.
        self.env.cr.execute("ALTER TABLE mail_transaction ALTER COLUMN sent_message SET STORAGE EXTERNAL")

    def _compute_has_sent_message(self):
        query = SQL("SELECT id FROM mail_transaction WHERE id = ANY(%s) AND sent_message IS NOT NULL", self.ids)
        kept = {row_id for (row_id,) in self.env.execute_query(query)}
        for transaction in self:
            transaction.has_sent_message = transaction.id in kept

    # === KEEPING === #

    @api.model
    def _keeps_exact(self):
        """Whether mails are kept exactly as they were sent: on, unless it was switched off in the settings."""
        return self.env["ir.config_parameter"].sudo().get_param(PARAMETER, "True") != "False"

    @api.model
    def _keep_files(self, deliveries):
        """Keep the files that the kept messages of opened deliveries need, and that nobody else keeps for sure.

        :param list[Delivery] deliveries: opened
        """
        self.env["ir.attachment"].sudo().create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": "application/octet-stream",
                    "res_model": FILES_MODEL,
                    "res_id": delivery.transaction_id,
                }
                for delivery in deliveries
                for name, content in files_in(delivery.message, delivery.kept.files).items()
            ]
        )

    def _drop_sent_messages(self):
        """The messages of these attempts, and their files, are kept no longer; their SHA-256 stays.

        What a copy in the Sent folder is still to be made of goes when it was made.
        """
        if not self:
            return
        query = SQL(
            """UPDATE mail_transaction t SET sent_message = NULL
                WHERE id = ANY(%s) AND sent_message IS NOT NULL
                  AND NOT EXISTS (SELECT FROM mail_sent_copy c WHERE c.mail_mail_id = t.mail_mail_id
                                     AND c.partner_id IS NOT DISTINCT FROM t.partner_id AND c.state = 'waiting')
            RETURNING id""",
            self.ids,
        )
        self.env["mail.sent.copy"].flush_model(["state"])
        self.env.cr.execute(query, log_exceptions=False)  # that somebody was faster is no error
        self._own_files([row_id for (row_id,) in self.env.cr.fetchall()]).unlink()
        self.invalidate_recordset(["sent_message", "has_sent_message"])

    def unlink(self):
        self._check_evidence_token()
        self._own_files(self.ids).unlink()
        return super().unlink()

    @api.model
    def _own_files(self, ids):
        domain = [("res_model", "=", FILES_MODEL), ("res_id", "in", ids)]
        return self.env["ir.attachment"].sudo().search(domain)

    @api.autovacuum
    def _gc_sent_messages(self, limit=BATCH):
        """Drop the messages of mails that are gone.

        :return: how many were done, and how many may be left
        """
        query = SQL(
            """SELECT id FROM mail_transaction t
                WHERE sent_message IS NOT NULL AND outcome != 'open'
                  AND NOT EXISTS (SELECT FROM mail_mail m WHERE m.id = t.mail_mail_id)
                  AND NOT EXISTS (SELECT FROM mail_sent_copy c WHERE c.mail_mail_id = t.mail_mail_id
                                     AND c.state = 'waiting')
                LIMIT %s""",
            limit,
        )
        found = self.browse(row_id for (row_id,) in self.env.execute_query(query))
        found._drop_sent_messages()
        return len(found), int(len(found) == limit)

    # === GIVING BACK === #

    def _sent_message(self):
        """The message as it was sent, with CRLF line ends.

        Also of a transaction that this database transaction does not see.

        :return: None if it is not kept
        :rtype: bytes | None
        :raise UserError: it cannot be given back as it was
        """
        query = SQL("SELECT sent_message, message_sha256 FROM mail_transaction WHERE id = %s", self.id)
        [(packed, fingerprint)] = self.env.execute_query(query) or [(None, None)]
        if packed is None:
            return None
        try:
            message = unpack(bytes(packed), self._kept_file)
        except MissingFile:
            raise UserError(
                self.env._(
                    "A file that was sent with this e-mail has been deleted, so the e-mail cannot be given back"
                    " exactly as it was sent. Its fingerprint (SHA-256) stays: %s",
                    fingerprint,
                )
            ) from None
        except DamagedMessage:
            message = b""
        if sha256(message) != fingerprint:
            raise UserError(
                self.env._(
                    "What is kept of this e-mail is damaged: it has not the fingerprint (SHA-256) of what was"
                    " sent, %s.",
                    fingerprint,
                )
            )
        return message

    def _kept_file(self, name):
        """A file by its SHA-1, from whichever attachment has it; None if there is none.

        One that is not what its SHA-1 says may have been so already when it was sent: the message's SHA-256 tells.
        """
        files = self.env["ir.attachment"].sudo().with_context(bin_size=False)
        mail = self.sudo().mail_mail_id
        places = (
            [("store_fname", "=", f"{name[:2]}/{name}"), ("id", "!=", False)],  # fields are files, too
            [("res_model", "=", FILES_MODEL), ("res_id", "=", self.id), ("checksum", "=", name)],
            [("id", "in", mail.attachment_ids.ids), ("checksum", "=", name)],
        )
        other = None
        for place in places:
            for found in files.search(place, limit=3):
                content = found.raw or None
                if content and checksum(content) == name:
                    return content
                other = other or content
        return other

    # === FOR ADMINISTRATORS === #

    def _check_may_read_message(self):
        """:raise AccessError: if the user may not read what was sent: they read it here only if they do elsewhere"""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(ADMINISTRATORS):
            raise AccessError(self.env._("Only administrators may download an e-mail as it was sent."))
        mail = self.mail_mail_id
        mail.check_access("read")
        if mail.text_removed_date:  # Odoo would have deleted it: what it says stands in the conversation alone
            mail.mail_message_id.check_access("read")

    def _message_to_download(self):
        """The message of this attempt, for a user who may read it.

        :return: a name for the file, and the message
        :rtype: tuple[str, bytes]
        :raise UserError: it is not kept, or not as it was
        """
        self._check_may_read_message()
        mail, message = self.mail_mail_id, self._sent_message() if self.mail_mail_id else None
        if message is None:
            raise UserError(self.env._("What was sent in this attempt is not kept."))
        subject = " ".join((mail.sudo().subject or "").replace("/", "-").split())[:80]
        return f"{subject or self.env._('E-mail')} {self.id}.eml", message

    def action_download_message(self):
        """Download what was sent in this attempt as an ``.eml`` file."""
        self._message_to_download()  # what is wrong is said here, not on an empty page
        return {
            "type": "ir.actions.act_url",
            "url": f"/mail_delivery_status/sent_message/{self.id}",
            "target": "download",
        }
