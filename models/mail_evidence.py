from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, Query

from ..tools.context_key import EVIDENCE_TOKEN
from ..tools.evidence import EVIDENCE_COLUMNS

# Whoever knows the token of an envelope can make up a report that counts. So what holds it is for administrators.
ADMINISTRATORS = "base.group_system"


class LooseMany2one(fields.Many2one):
    """A Many2one without a foreign key: its column keeps the id, whatever becomes of the record.

    Evidence is committed by a cursor of its own while the mail's row may still be uncommitted, and it stays when
    the row it names is gone. Read, shown, grouped by and exported, the field is empty where there is no such record
    (any more, or yet): each reading asks the database, in the same query. Searching by an id goes by the column, and
    uses its index. ``MailEvidence._stored_ids()`` gives the ids that are in the column.
    """

    def update_db_foreign_key(self, model, column):
        pass

    def to_sql(self, model, alias):
        """The id, or NULL where the record does not exist; core does the same for company-dependent fields."""
        comodel = model.env[self.comodel_name]
        coalias = Query.make_alias(comodel._table, "exists")
        return SQL(
            "(SELECT %(coalias)s.id FROM %(cotable)s AS %(coalias)s WHERE %(coalias)s.id = %(column)s)",
            coalias=SQL.identifier(coalias),
            cotable=SQL.identifier(comodel._table),
            column=self._column(model, alias),
        )

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        """Compare with the column where that comes to the same; where it does not, a gone record counts as none."""
        if operator in ("any", "any!", "not any", "not any!"):
            return self._any_to_sql(operator, value, model, alias)
        if operator not in ("in", "not in") or isinstance(value, SQL):
            return super().condition_to_sql(field_expr, operator, value, model, alias, query)
        column, shown = self._column(model, alias), self.to_sql(model, alias)
        ids = tuple(one for one in value if one)
        terms = []
        if operator == "in":
            if ids:
                terms.append(SQL("%s IN %s", column, ids))
            if len(ids) < len(value):
                terms.append(SQL("%s IS NULL", shown))
            return SQL("(%s)", SQL(" OR ").join(terms)) if terms else SQL("FALSE")
        if ids:
            terms.append(SQL("(%(column)s IS NULL OR %(column)s NOT IN %(ids)s)", column=column, ids=ids))
        if len(ids) < len(value):
            terms.append(SQL("%s IS NOT NULL", shown))
        return SQL("(%s)", SQL(" AND ").join(terms)) if terms else SQL("TRUE")

    def _any_to_sql(self, operator, value, model, alias):
        """Whether the record is among those that a domain, a query or a subselect finds."""
        if isinstance(value, Domain):
            comodel = model.env[self.comodel_name]
            value = comodel._search(value, active_test=False, bypass_access=operator.endswith("!"))
        found = value.subselect() if isinstance(value, Query) else SQL("(%s)", value)
        column = self._column(model, alias)
        if operator.startswith("any"):
            return SQL("%s IN %s", column, found)
        return SQL("(%(column)s IS NULL OR %(column)s NOT IN %(found)s)", column=column, found=found)

    def join(self, model, alias, query):
        comodel = model.env[self.comodel_name]
        coalias = query.make_alias(alias, self.name)
        condition = SQL("%s = %s", self._column(model, alias), SQL.identifier(coalias, "id"))
        query.add_join("LEFT JOIN", coalias, comodel._table, condition)
        return comodel, coalias

    def _column(self, model, alias):
        """The id as it is stored.

        :raise AccessError: if the user may not read this field
        """
        model._check_field_access(self, "read")
        return SQL.identifier(alias, self.name, to_flush=self)


class MailEvidence(models.AbstractModel):
    """Base of the models that record what mail servers did: only the module's own code writes them."""

    _name = "mail.evidence"
    _description = "Evidence of mail delivery"
    _inherit = ["mail.document.access"]

    # The same as tools.evidence.EVIDENCE_COLUMNS.
    mail_mail_id = LooseMany2one("mail.mail", "Mail", readonly=True, index=True)
    mail_message_id = LooseMany2one("mail.message", "Message", readonly=True)
    message_id = fields.Char("Message-ID", readonly=True, index=True, help="The mail's own unique name (RFC 5322).")
    model = fields.Char("Document Model", readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="model", readonly=True)
    author_id = LooseMany2one("res.partner", "Author", readonly=True)
    company_id = LooseMany2one("res.company", "Company", readonly=True)

    # Not one more than is searched by: each is paid for with each mail.
    _by_document = models.Index("(model, res_id)")

    def _stored_ids(self, name):
        """The ids in the column of a :class:`LooseMany2one`, also of records that are gone or that this database
        transaction cannot see: it does not see what another one has committed since it began.

        :param str name: of the field
        :return: ``{record id: id or None}``
        :rtype: dict[int, int | None]
        """
        ids = {record.id: record[name].id or None for record in self}
        if unseen := [record_id for record_id, value in ids.items() if record_id and value is None]:
            column = self._fields[name]._column(self, self._table)
            query = SQL("SELECT id, %s FROM %s WHERE id = ANY(%s)", column, SQL.identifier(self._table), unseen)
            ids |= dict(self.env.execute_query(query))
        return ids

    def _evidence_values(self):
        """What this row has in common with other evidence of its mail, as stored: also the ids of what is gone."""
        return {
            name: self._stored_ids(name)[self.id] if isinstance(self._fields[name], LooseMany2one) else self[name]
            for name in EVIDENCE_COLUMNS
        }

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Order by a stored id as such: an index gives the order, and what is left of a gone mail keeps its place."""
        name, _dot, path = field_name.partition(".")
        field = self._fields.get(name)
        if path == "id" and isinstance(field, LooseMany2one):
            column = field._column(self, alias)
            query._order_groupby.append(column)
            return SQL("%s %s %s", column, direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _with_evidence_token(self):
        """These records, allowed to be written. For the module's own code."""
        return self.with_context(**EVIDENCE_TOKEN.put(True))

    def _check_evidence_token(self):
        """:raise AccessError: if the caller is not the module's own code"""
        if not EVIDENCE_TOKEN.get(self.env.context):
            raise AccessError(
                self.env._(
                    "What mail servers answered is evidence: it is recorded by the system and nobody may change it."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_evidence_token()
        self._forget_document_models()
        return super(MailEvidence, self._without_defaults()).create(vals_list)

    def write(self, vals):
        self._check_evidence_token()
        return super().write(vals)

    def unlink(self):
        self._check_evidence_token()
        return super().unlink()

    def copy(self, default=None):
        self._check_evidence_token()
        return super().copy(default)
