from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.context_key import ALL_ROWS

# The models of documents that a database transaction has found, by table, under this key of its cache.
_MODELS = "mail_delivery_status.document_models"


# What spreadsheets take for a formula (OWASP, CSV Injection). Of "+" and "-" core takes care where they are one.
_FORMULA = ("=", "{=", "@", "\t", "\r")


def _is_formula(value):
    return isinstance(value, str) and value.startswith(_FORMULA)


class MailDocumentAccess(models.AbstractModel):
    """Whether a person may read the document that a mail, or a trace of it, belongs to.

    For record rules: a rule's domain may name a searchable field, so the rules of the document's own model
    decide, whatever they are. What was written to a user about the login, or by a wizard, is no document's mail: these
    records can be read by everybody. A class that inherits this needs an index that begins with the document's model.
    """

    _name = "mail.document.access"
    _description = "Access by the document of a mail"
    # The columns of the class that name the document.
    _document_model_column = "model"
    _document_id_column = "res_id"

    is_document_readable = fields.Boolean(
        "May read the document",
        compute="_compute_is_document_readable",
        search="_search_is_document_readable",
        help="You may read the document that this mail belongs to.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends(lambda self: (self._document_model_column, self._document_id_column))
    def _compute_is_document_readable(self):
        documents = {record.id: record._document_key() for record in self.sudo()}
        ids_by_model = defaultdict(set)
        for model, res_id in documents.values():
            if model in self.env and res_id:
                ids_by_model[model].add(res_id)
        conversations = self.env["mail.mail"]._conversation_models()
        readable = {
            model: set(self.env[model].sudo(False).browse(ids).exists()._filtered_access("read")._ids)
            for model, ids in ids_by_model.items()
            if model in conversations
        }
        for record in self:
            model, res_id = documents[record.id]
            record.is_document_readable = res_id in readable.get(model, ())

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """What strangers have written stays text in a spreadsheet: Odoo's Excel export makes a formula of ``=…``."""
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        return [[f"'{value}" if _is_formula(value) else value for value in row] for row in rows]

    def _document_key(self):
        """Model and id of the document.

        :rtype: tuple[str | bool, int]
        """
        return self[self._document_model_column], self[self._document_id_column]

    def _search_is_document_readable(self, operator, value):
        """One condition per document model, each with that model's own record rules."""
        if operator != "in":
            return NotImplemented
        domain = Domain.FALSE
        for model in self._document_models():
            documents = self.env[model].sudo(False)
            if documents.has_access("read"):
                of_model = Domain(self._document_model_column, "=", model)
                domain |= of_model & self._document_among(documents._search(Domain.TRUE))
        return domain if True in value else ~domain

    def _document_among(self, documents):
        """Whether the document is one of these, asked row by row where a page of a list is read.

        ``IN`` or ``EXISTS`` would come to the same. But PostgreSQL counts on all rows being looked at, and so reads all
        documents first, although a page ends after 80 mails: half a second with 200 000 invoices. A query for a value
        cannot be turned into such a list.

        :param Query documents: those that may be read
        :rtype: Domain
        """
        if ALL_ROWS.get(self.env.context):
            return Domain(self._document_id_column, "in", documents)

        def to_sql(model, alias, query):
            return SQL(
                "(SELECT readable.id FROM %s AS readable WHERE readable.id = %s LIMIT 1) IS NOT NULL",
                documents.subselect(SQL.identifier(documents.table, "id")),
                model._field_to_sql(alias, self._document_id_column, query),
            )

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _read_group(self, domain, *args, **kwargs):
        """Group by; all rows are looked at, so the list of all documents, made once, is the fastest."""
        rows = self.with_context(**ALL_ROWS.put(True))
        return super(MailDocumentAccess, rows)._read_group(domain, *args, **kwargs)

    def _document_with_chatter(self):
        """The document of this one mail, in superuser mode; None if it is gone or nothing can be noted on it."""
        if self.model not in self.env or not self.res_id:
            return None
        document = self.env[self.model].sudo().browse(self.res_id).exists()
        return document if document and hasattr(document, "_message_log") else None

    def _without_defaults(self):
        """These records, without the default values that a caller's context names: nobody has typed them."""
        context = {key: value for key, value in self.env.context.items() if not key.startswith("default_")}
        return self if len(context) == len(self.env.context) else self.with_context(context)  # pylint: disable=W8121

    def _document_models(self):
        """The models of the documents that rows of this table belong to, without reading every row."""
        known = self.env.cr.cache.setdefault(_MODELS, {})
        if self._table not in known:  # each record rule of a request asks
            known[self._table] = self._walk_document_models()
        conversations = self.env["mail.mail"]._conversation_models()
        return [model for model in known[self._table] if model in conversations]

    def _forget_document_models(self):
        """Mails or evidence are being made, perhaps of another model: whoever asks next looks again."""
        self.env.cr.cache.pop(_MODELS, None)

    def _walk_document_models(self):
        """Walk over the index on the document's model from one value to the next."""
        self.flush_model([self._document_model_column])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE walk AS (
                    SELECT ''::varchar AS model
                    UNION ALL
                    SELECT (SELECT %(model)s FROM %(table)s WHERE %(model)s > walk.model ORDER BY %(model)s LIMIT 1)
                      FROM walk WHERE walk.model IS NOT NULL
                )
                SELECT model FROM walk WHERE model > ''
                """,
                model=SQL.identifier(self._table, self._document_model_column),
                table=SQL.identifier(self._table),
            )
        )
        return [model for (model,) in rows]
