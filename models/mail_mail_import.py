from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .mail_evidence import ADMINISTRATORS

# Nobody writes them but the import.
IMPORT_FIELDS = frozenset({"import_fingerprint", "import_id", "is_imported"})


class MailMail(models.Model):
    """A mail that another program has sent: it is kept, read and found like others, and never sent."""

    _inherit = "mail.mail"

    is_imported = fields.Boolean("Imported", readonly=True, copy=False, help="Another program sent it.")
    import_id = fields.Many2one(
        "mail.import",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=ADMINISTRATORS,
    )
    import_fingerprint = fields.Char(
        readonly=True, copy=False, groups=ADMINISTRATORS, help="The same for two copies of one mail."
    )

    _imported_once = models.UniqueIndex("(import_fingerprint) WHERE import_fingerprint IS NOT NULL")
    _imported_message = models.Index("(mail_message_id) WHERE is_imported")

    def _check_not_imported(self):
        """:raise UserError: if one of these mails was sent by another program: it must not leave once more"""
        if self.sudo().filtered("is_imported"):
            raise UserError(
                self.env._(
                    "This e-mail was imported: another program has sent it. It stays as it is."
                    " To send it to somebody, use “Send again” on the e-mail, which makes a new one."
                )
            )

    @api.model
    def _known_message_ids(self, message_ids):
        """Those of these ids that a message has which was not imported.

        :rtype: set[str]
        """
        if not message_ids:
            return set()
        self.flush_model(["is_imported", "mail_message_id"])
        self.env["mail.message"].flush_model(["message_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT message.message_id FROM mail_message message WHERE message.message_id = ANY(%s)
                      AND NOT EXISTS (SELECT FROM mail_mail WHERE mail_message_id = message.id AND is_imported)""",
                message_ids,
            )
        )
        return {message_id for (message_id,) in rows}

    # === WHAT IT BELONGS TO === #

    def action_link_document(self):
        """Choose the invoice that this imported mail belongs to."""
        self.ensure_one()
        self._check_link_access()
        wizard = self.env["mail.mail.link"].create({"mail_id": self.id})
        return wizard._open()

    def _check_link_access(self):
        """:raise AccessError: if this person may not say what the mail belongs to"""
        self.check_access("read")
        if not (self.env.user.has_group("mail_delivery_status.group_manager") or self.has_access("write")):
            raise AccessError(self.env._("Only a manager of e-mail sending may say what an imported mail belongs to."))
        if not self.is_imported:
            raise UserError(self.env._("Only of an imported mail it can be said what it belongs to."))

    def _link_document(self, document):
        """Let this imported mail, and what is recorded of it, belong to another document, or to none.

        :param account.move document: that the user may read; of the mail's company; or empty
        :raise UserError: if a legal hold keeps what belongs to the document that it would leave
        """
        self.ensure_one()
        self._check_link_access()
        document.check_access("read")
        mail = self.sudo()
        if document and document.sudo().company_id != mail.record_company_id:
            raise UserError(self.env._("This document belongs to another company than the e-mail."))
        values = {"model": document._name if document else False, "res_id": document.id}
        if (mail.model, mail.res_id) != tuple(values.values()):
            self._check_may_leave_document()
        mail.mail_message_id.write(values)
        for name in self.env["mail.recipient"]._models_of_evidence():
            rows = self.env[name].sudo().search([("mail_mail_id", "=", mail.id)])
            rows._with_evidence_token().write(values)
        mail._forget_document_models()
        mail._tell_changed()

    def _match_contacts(self):
        """Find the contacts of this imported mail by the addresses once more: they may have been corrected since."""
        mail = self.sudo()
        emails = mail.recipient_status_ids.mapped("email")
        partners = (
            self.env["mail.import"].new({"company_id": mail.record_company_id.id})._partners_by_address(set(emails))
        )
        for row in mail.recipient_status_ids._with_evidence_token():
            row.partner_id = partners.get(row.email, False)


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _write_sanitized_bodies(self, bodies):
        """Write the texts of messages that were just made, in one statement.

        The field would sanitize them once more, which takes as long as all the rest of an import.

        :param list[str] bodies: of each message; sanitized as the field does it
        """
        self.flush_recordset()
        rows = SQL(", ").join(
            SQL("(%s, %s)", message.id, str(body)) for message, body in zip(self, bodies, strict=True)
        )
        if self:
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_message m SET body = v.body FROM (VALUES %s) AS v(id, body) WHERE m.id = v.id",
                    rows,
                )
            )
            self.invalidate_recordset(["body", "preview"])

    @api.model
    def _message_fetch(self, domain, *, thread=None, **kwargs):
        """Old mails stand in the list of a document's e-mails, not at the top of its conversation."""
        if thread:
            domain = Domain(True if domain is None else domain) & Domain.custom(to_sql=self._sql_is_not_imported)
        return super()._message_fetch(domain, thread=thread, **kwargs)

    @api.model
    def _sql_is_not_imported(self, _model, alias, _query=None):
        return SQL(
            "NOT EXISTS (SELECT FROM mail_mail WHERE mail_message_id = %s AND is_imported)", SQL.identifier(alias, "id")
        )
