from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from .mail_mail_summary import SUMMARY_FIELDS

# What retention reads of a mail: by itself its text would be read, too.
_FIELDS = (
    "access_model",
    "access_res_id",
    "auto_delete",
    "is_imported",
    "is_notification",
    "mail_message_id",
    "text_removed_date",
)
# Nothing becomes of it any more by itself.
_ENDED = ("sent", "received", "exception", "cancel")
# What stays on a mail without evidence: what Odoo's own state says.
_NO_EVIDENCE = {"delivery_status", "retry_date", "waits_for_server_id"}


class MailMail(models.Model):
    """What a mail says is removed when it was kept for as long as its company wants; what became of it stays.

    Not of a mail that waits, or of which nobody knows whether it arrived. A mail that failed for good or was cancelled
    goes like one that was sent: after so long nobody sends it.
    """

    _inherit = "mail.mail"

    content_removed_date = fields.Datetime(
        "Content removed",
        readonly=True,
        copy=False,
        help="When the text and the files of the mail were removed, because it was older than the settings say.",
    )
    evidence_removed_date = fields.Datetime(
        "Evidence removed",
        readonly=True,
        copy=False,
        help="When replies, receipts and attempts were removed, because they were older than the settings say.",
    )

    _with_content = models.Index(
        "(access_company_id, id) WHERE content_removed_date IS NULL AND text_removed_date IS NULL"
    )

    @api.model
    def _find_old_content(self, company_id, before, after, limit):
        """The mails whose content is too old.

        :rtype: SQL
        """
        is_there = SQL("mail.content_removed_date IS NULL AND mail.text_removed_date IS NULL")
        return self._find_settled(company_id, before, after, limit, is_there)

    @api.model
    def _find_old_sent_messages(self, company_id, before, after, limit):
        """The mails whose text is gone, and of which is kept for too long what was sent: most stand in a conversation.

        :rtype: SQL
        """
        is_kept = SQL(
            """(mail.content_removed_date IS NOT NULL OR mail.text_removed_date IS NOT NULL)
               AND EXISTS (SELECT FROM mail_transaction t
                            WHERE t.mail_mail_id = mail.id AND t.sent_message IS NOT NULL)"""
        )
        return self._find_settled(company_id, before, after, limit, is_kept)

    @api.model
    def _find_settled(self, company_id, before, after, limit, condition):
        """Mails of which nothing becomes any more, and that no legal hold keeps.

        :param company_id: None: of no company
        :param datetime before: nothing has become of them since
        :param SQL condition: on ``mail``
        :rtype: SQL
        """
        retention, holds = self.env["mail.retention"], self.env["mail.retention.hold"]
        return SQL(
            """SELECT mail.id FROM mail_mail mail
                WHERE %(of_company)s AND mail.id > %(after)s AND mail.create_date < %(before)s
                  AND %(condition)s
                  AND mail.state IN %(ended)s AND mail.retry_date IS NULL
                  AND %(is_settled)s
                  AND %(not_held)s
                ORDER BY mail.id LIMIT %(limit)s""",
            of_company=retention._sql_of_company(SQL("mail.access_company_id"), company_id),
            after=after,
            before=before,
            condition=condition,
            ended=_ENDED,
            is_settled=retention._sql_is_settled(SQL("mail.id"), before),
            not_held=holds._sql_not_held(SQL("mail.access_model"), SQL("mail.access_res_id"), SQL("mail.id")),
            limit=limit,
        )

    @api.model
    def _remove_old_content(self, ids):
        """Remove what mails, which are locked, say; but for those of whose message or files somebody is at work with.

        The message of a mail stands on its document, too, and stays there. One that was made for the mail alone loses
        its text and its files; its subject stays, unless Odoo would have deleted the mail.
        """
        mails = self.browse(ids)
        mails.fetch(_FIELDS)
        alone = mails.filtered(lambda mail: mail._is_message_its_own())
        messages = alone.mail_message_id
        # Core splits the mail of a personal server in several that share their message: the last takes it along.
        others = Domain("mail_message_id", "in", messages.ids) & Domain("id", "not in", alone.ids)
        kept = Domain("content_removed_date", "=", False) & Domain("text_removed_date", "=", False)
        messages -= self.search(others & kept).mail_message_id
        free = messages.try_lock_for_update(allow_referencing=True)
        files = self._files_of_alone(free, mails)
        busy_files = files - files.try_lock_for_update()
        busy = (messages - free) | free.filtered(lambda message: message.attachment_ids & busy_files)
        mails -= alone.filtered(lambda mail: mail.mail_message_id in busy)
        free -= busy
        (files & free.attachment_ids).unlink()
        deleted = alone.filtered("auto_delete").mail_message_id & free
        deleted._remove_text(subject=False)
        (free - deleted)._remove_text()
        self.env["mail.message.translation"].search([("message_id", "in", free.ids)]).unlink()
        values = {"body_html": False, "headers": False, "content_removed_date": fields.Datetime.now()}
        allowed = self.env["mail.recipient"]._with_evidence_token().env
        mails.with_env(allowed)._write_core(values)
        mails.transaction_ids._drop_sent_messages()

    @api.model
    def _remove_old_sent_messages(self, ids):
        """What was sent, byte by byte, is kept no longer."""
        self.browse(ids).transaction_ids._drop_sent_messages()

    def _is_message_its_own(self):
        """Whether the message of this mail was made for it alone, and stands in no document's conversation."""
        if self.is_notification:
            return False
        return (
            self.auto_delete
            or self.is_imported
            or not self.access_res_id
            or self.access_model not in self._conversation_models()
        )

    @api.model
    def _files_of_alone(self, messages, mails):
        """The files of these messages that are used nowhere else: not on a document, a template, another message.

        :rtype: ir.attachment
        """
        used = SQL(" ").join(
            SQL(
                "AND NOT EXISTS (SELECT FROM %(table)s other WHERE other.%(column)s = file.id AND %(is_other)s)",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                is_other=SQL("other.message_id != ALL(%s)", messages.ids)
                if table == "message_attachment_rel"
                else SQL("TRUE"),
            )
            for table, column in self._columns_with_files()
        )
        query = SQL(
            """SELECT DISTINCT file.id FROM ir_attachment file
                 JOIN message_attachment_rel rel ON rel.attachment_id = file.id AND rel.message_id = ANY(%(messages)s)
                WHERE file.res_field IS NULL AND file.public IS NOT TRUE
                  AND (COALESCE(file.res_model, '') IN ('', 'mail.compose.message')
                       OR file.res_model = 'mail.message' AND COALESCE(file.res_id, 0) = ANY(%(messages_or_0)s)
                       OR file.res_model = 'mail.mail' AND COALESCE(file.res_id, 0) = ANY(%(mails_or_0)s))
                  %(used)s""",
            messages=messages.ids,
            messages_or_0=[0, *messages.ids],
            mails_or_0=[0, *mails.ids],
            used=used,
        )
        return self.env["ir.attachment"].browse(row_id for (row_id,) in self.env.execute_query(query))

    @api.model
    @ormcache()
    def _columns_with_files(self):
        """Where the database names files: (table, column), whatever add-on it belongs to.

        :rtype: tuple[tuple[str, str]]
        """
        found = set()
        for model in self.env.registry.values():
            if model._abstract or not model._auto:
                continue
            for field in model._fields.values():
                if field.comodel_name != "ir.attachment" or not field.store:
                    continue
                if field.type == "many2many":
                    found.add((field.relation, field.column2))
                elif field.type == "many2one" and not field.company_dependent:
                    found.add((model._table, field.name))
        return tuple(sorted(found - {("mail_report", "source_id")}))

    def _remove_old_summary(self):
        """The evidence of these mails was removed: nothing of it stays on them, either.

        A mail that Odoo itself would have deleted when it was sent goes now.
        """
        done = self.filtered(lambda mail: mail.auto_delete and (mail.text_removed_date or mail.content_removed_date))
        done.unlink()
        summary = dict.fromkeys(SUMMARY_FIELDS - _NO_EVIDENCE, False)
        rest = (self - done).with_env(self.env["mail.recipient"]._with_evidence_token().env)
        rest._write_core({**summary, "evidence_removed_date": fields.Datetime.now()})
