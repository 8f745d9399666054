from odoo import api, fields, models
from odoo.exceptions import MissingError
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

# Column on the mail, its type, the column of the message.
_COPIES = (
    ("access_model", "varchar", "model"),
    ("access_res_id", "int4", "res_id"),
    ("access_author_id", "int4", "author_id"),
    ("access_company_id", "int4", "record_company_id"),
)
ACCESS_FIELDS = frozenset(name for name, _type, _source in _COPIES)


class MailMail(models.Model):
    """What of a mail's message decides who may read the mail, once more on the mail itself.

    For record rules, which look at each row of a list or a count: they need not join the messages.
    """

    _inherit = "mail.mail"
    _document_model_column = "access_model"
    _document_id_column = "access_res_id"

    access_model = fields.Char("Document Model (for access)", compute="_compute_access", store=True, precompute=True)
    access_res_id = fields.Integer("Document (for access)", compute="_compute_access", store=True, precompute=True)
    access_author_id = fields.Many2one(
        "res.partner",
        "Author (for access)",
        compute="_compute_access",
        store=True,
        precompute=True,
        ondelete="set null",
        index="btree_not_null",
    )
    access_company_id = fields.Many2one(
        "res.company",
        "Company (for access)",
        compute="_compute_access",
        store=True,
        precompute=True,
        ondelete="set null",
    )

    _by_access_model = models.Index("(access_model) WHERE access_model IS NOT NULL")
    _by_access_company = models.Index("(access_company_id, id)")

    @api.depends("author_id", "model", "record_company_id", "res_id")
    def _compute_access(self):
        for mail in self:
            mail.access_model = mail.model
            mail.access_res_id = mail.res_id
            mail.access_author_id = mail.author_id
            mail.access_company_id = mail.record_company_id

    def _check_there_to_read(self):
        """Rules do not tell an administrator, whom none limits, that a mail is gone.

        :raise AccessError, MissingError: if this person may not read one of these mails, or it is gone
        """
        self.check_access("read")
        if self - self.exists():
            raise MissingError(self.env._("This e-mail does not exist any more."))

    def _auto_init(self):
        if not column_exists(self.env.cr, self._table, "access_model"):
            self._create_access_columns()
        return super()._auto_init()

    def _create_access_columns(self):
        """Fill the columns of the mails that are there in one statement: one by one takes minutes."""
        for name, column_type, _source in _COPIES:
            create_column(self.env.cr, self._table, name, column_type)
        columns = SQL(", ").join(
            SQL("%s = message.%s", SQL.identifier(name), SQL.identifier(source)) for name, _type, source in _COPIES
        )
        self.env.cr.execute(
            SQL("UPDATE mail_mail SET %s FROM mail_message message WHERE message.id = mail_message_id", columns)
        )
