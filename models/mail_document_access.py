from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# The models of documents that a database transaction has found, under this key of its cache.
_MODELS = "mail_delivery_status.document_models"
# Mails that wait are asked for their models: so many, for each database transaction.
_NEWEST = 200


class MailDocumentAccess(models.AbstractModel):
    """Whether a person may read the document that a mail, or a trace of it, belongs to.

    For record rules: a rule's domain may name a searchable field, so the rules of the document's own model
    decide, whatever they are. What was written to a user about the login, or by a wizard, is no document's mail: these
    records can be read by everybody. A class that inherits this needs the fields ``model`` and ``res_id``.
    """

    _name = "mail.document.access"
    _description = "Access by the document of a mail"

    is_document_readable = fields.Boolean(
        "May read the document",
        compute="_compute_is_document_readable",
        search="_search_is_document_readable",
        help="You may read the document that this mail belongs to.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("model", "res_id")
    def _compute_is_document_readable(self):
        ids_by_model = defaultdict(set)
        for record in self.sudo():
            if record.model in self.env and record.res_id:
                ids_by_model[record.model].add(record.res_id)
        conversations = self.env["mail.mail"]._conversation_models()
        readable = {
            model: set(self.env[model].sudo(False).browse(ids).exists()._filtered_access("read")._ids)
            for model, ids in ids_by_model.items()
            if model in conversations
        }
        for record, record_sudo in zip(self, self.sudo(), strict=True):
            record.is_document_readable = record_sudo.res_id in readable.get(record_sudo.model, ())

    def _search_is_document_readable(self, operator, value):
        """One condition per document model, each with that model's own record rules."""
        if operator != "in":
            return NotImplemented
        domain = Domain.FALSE
        for model in self._document_models():
            documents = self.env[model].sudo(False)
            if documents.has_access("read"):
                domain |= Domain("model", "=", model) & self._res_id_among(documents._search(Domain.TRUE))
        return domain if True in value else ~domain

    def _res_id_among(self, documents):
        """Whether the document is one of these, asked row by row: for lists, of which a page is read.

        ``IN`` or ``EXISTS`` would come to the same. But PostgreSQL counts on all rows being looked at, and so reads all
        documents first, although a page ends after 80 mails: half a second with 200 000 invoices. A query for a value
        cannot be turned into such a list.

        :param Query documents: those that may be read
        :rtype: Domain
        """

        def to_sql(model, alias, query):
            return SQL(
                "(SELECT readable.id FROM %s AS readable WHERE readable.id = %s LIMIT 1) IS NOT NULL",
                documents.subselect(SQL.identifier(documents.table, "id")),
                model._field_to_sql(alias, "res_id", query),
            )

        return Domain.custom(to_sql=to_sql)

    def _document_with_chatter(self):
        """The document of this one mail, in superuser mode; None if it is gone or nothing can be noted on it."""
        if self.model not in self.env or not self.res_id:
            return None
        document = self.env[self.model].sudo().browse(self.res_id).exists()
        return document if document and hasattr(document, "_message_log") else None

    def _document_models(self):
        """The models of the documents that mails belong to, without reading every mail.

        Walks over the index on ``mail_recipient.model`` from one value to the next. The newest mails that wait are
        asked, too: of a model whose first mail is held no recipient is recorded.
        """
        known = self.env.cr.cache.get(_MODELS)
        if known is None:  # each record rule of a request asks
            known = self.env.cr.cache[_MODELS] = self._walk_document_models()
        conversations = self.env["mail.mail"]._conversation_models()
        return [model for model in known if model in conversations]

    def _forget_document_models(self):
        """Mails or evidence are being made, perhaps of another model: whoever asks next looks again."""
        self.env.cr.cache.pop(_MODELS, None)

    def _walk_document_models(self):
        self.env["mail.recipient"].flush_model(["model"])
        self.env["mail.mail"].flush_model(["mail_message_id", "retry_date", "state"])
        self.env["mail.message"].flush_model(["model"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE walk AS (
                    (SELECT model FROM mail_recipient WHERE model IS NOT NULL ORDER BY model LIMIT 1)
                    UNION ALL
                    SELECT (SELECT model FROM mail_recipient WHERE model > walk.model ORDER BY model LIMIT 1)
                      FROM walk WHERE walk.model IS NOT NULL
                )
                SELECT model FROM walk WHERE model IS NOT NULL
                UNION
                SELECT message.model FROM (SELECT mail_message_id FROM mail_mail
                                            WHERE state = 'outgoing' OR retry_date IS NOT NULL
                                            ORDER BY id DESC LIMIT %s) waiting
                  JOIN mail_message message ON message.id = waiting.mail_message_id
                 WHERE message.model IS NOT NULL
                """,
                _NEWEST,
            )
        )
        return [model for (model,) in rows]
