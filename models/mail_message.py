from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ..tools.context_key import NOTIFYING
from .mail_mail_text import _is_administrator


class AskedOfMails(fields.Selection):
    """What the mails of a message say of it: read with the message's columns, it has none of its own.

    Each access to messages asks. A statement of its own for that, or a column that each mail has to write, would cost
    all who read messages.
    """

    def update_db(self, model, columns):
        return False

    def to_sql(self, model, alias):
        model._check_field_access(self, "read")
        # Once for both answers, and as no condition: to plan it takes PostgreSQL longer than to find it.
        return SQL(
            """(SELECT CASE bool_or((%s) IS TRUE) WHEN TRUE THEN 'alone' WHEN FALSE THEN 'document' END
                  FROM mail_mail WHERE %s)""",
            model._sql_is_for_mail_alone(alias),
            model._sql_of_message(alias),
        )


class MailMessage(models.Model):
    """A message that was made for one mail alone, and is to be deleted with it, is for administrators.

    Stock Odoo shows it to everybody who may read the document until the mail is sent: a second or less. A mail that
    waits in the buffer, or failed, would be open to them for as long.
    """

    _inherit = "mail.message"

    mail_scope = AskedOfMails(
        [("alone", "Made for one e-mail"), ("document", "Was sent as e-mail")],
        readonly=True,
        copy=False,
        groups=NO_ACCESS,
    )

    def write(self, vals):
        """A message that is moved to another mail server takes along the mails that wait for the old one."""
        result = super().write(vals)
        if "mail_server_id" in vals:
            mails = self.env["mail.mail"].sudo().search([("mail_message_id", "in", self.ids)])
            mails._stop_waiting()
        return result

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not (self.env.su or _is_administrator(self.env)):
            domain = Domain(domain) & Domain.custom(to_sql=self._sql_is_open)
        return super()._search(domain, *args, **kwargs)

    def unlink(self):
        """What became of a mail stays in the lists; by itself the mail would go with its message, unasked."""
        if mails := self.env["mail.mail"].sudo().search([("mail_message_id", "in", self.ids)]):
            self.check_access("unlink")
            mails._check_not_held()
            mails._outlive_messages()
            mails.filtered(lambda mail: mail.mail_message_id in self)._end_rows()
        return super().unlink()

    def _get_forbidden_access(self, operation):
        forbidden = super()._get_forbidden_access(operation)
        if operation in ("read", "write") and not NOTIFYING.get(self.env.context):
            forbidden += (self - forbidden)._of_mail_alone()
        return forbidden

    @api.model
    def _get_with_access(self, message_id, mode="read", **kwargs):
        message = super()._get_with_access(message_id, mode=mode, **kwargs)
        return message - message._of_mail_alone()

    @api.depends("subject")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_display_name(self):
        """Whoever reads a record that names the message of a mail is told its subject: only if they may read it.

        Core makes such names in superuser mode; it is the person who counts.
        """
        super()._compute_display_name()
        if self.env.user._is_superuser():
            return
        of_mails = self._origin.sudo().filtered("mail_scope").sudo(False)
        closed = of_mails - of_mails._filtered_access("read")
        for message in self.filtered(lambda message: message._origin.id in closed.ids):
            message.display_name = self.env._("E-mail %s", message.id)

    def _export_rows(self, fields, **kwargs):
        """An export that comes by way of another record must not read what read() would refuse."""
        self.check_access("read")
        return super()._export_rows(fields, **kwargs)

    def _of_mail_alone(self):
        """Those of these messages that this person may not read, because they were made for a mail alone."""
        if not self.ids or _is_administrator(self.env):
            return self.browse()
        # Of messages that were just made core has the mails in its cache: no statement more in its own sending.
        cached = self._fields["mail_ids"]._get_cache(self.env)
        if all(message_id in cached for message_id in self.ids):
            mails = self.sudo().mail_ids.filtered(lambda mail: mail._is_for_addressee_alone())
            return self & mails.mail_message_id.with_env(self.env)
        return self.sudo().filtered(lambda message: message.mail_scope == "alone").with_env(self.env)

    def _evidence_values(self):
        """The columns that evidence of a mail with this message has in common, but for the mail."""
        return {
            "mail_message_id": self.id,
            "message_id": self.message_id or None,
            "model": self.model or None,
            "res_id": self.res_id or None,
            "author_id": self.author_id.id or None,
            "company_id": self.record_company_id.id or None,
        }

    @api.model
    def _ask_mails_again(self):
        """Mails are made, changed or deleted: whoever asks next looks again."""
        self.invalidate_model(["mail_scope"], flush=False)

    @api.model
    def _sql_of_message(self, alias):
        """Whether a row of ``mail_mail`` has the message."""
        mails = self.env["mail.mail"].sudo()
        return SQL("%s = %s", mails._field_to_sql(mails._table, "mail_message_id"), SQL.identifier(alias, "id"))

    @api.model
    def _sql_is_for_mail_alone(self, alias):
        """Whether the message was made for a mail alone, which is a row of ``mail_mail``."""
        mails = self.env["mail.mail"].sudo()
        return SQL(
            "%(is_notification)s IS NOT TRUE AND (%(auto_delete)s OR %(model)s != ALL(%(conversations)s))",
            is_notification=mails._field_to_sql(mails._table, "is_notification"),
            auto_delete=mails._field_to_sql(mails._table, "auto_delete"),
            model=self.sudo()._field_to_sql(alias, "model"),
            conversations=list(mails._conversation_models()),
        )

    @api.model
    def _sql_is_open(self, _model, alias, _query=None):
        return SQL(
            "NOT EXISTS (SELECT FROM mail_mail WHERE %s AND %s)",
            self._sql_of_message(alias),
            self._sql_is_for_mail_alone(alias),
        )

    @api.model
    def _sql_has_mail(self, _model, alias, _query=None):
        return SQL("EXISTS (SELECT FROM mail_mail WHERE %s)", self._sql_of_message(alias))

    def _remove_content(self):
        """Remove text and files, as core would by deleting the message."""
        messages = self.sudo()
        # The same files as in core's unlink(): those of the message itself, not those of a document.
        messages.attachment_ids.filtered(
            lambda file: file.res_model == self._name and (file.res_id in self.ids or not file.res_id)
        ).unlink()
        messages._remove_text(subject=False, attachment_ids=[Command.clear()])

    def _remove_text(self, **values):
        """Remove the text, and write the given fields with it."""
        self.message_link_preview_ids.unlink()
        self.write({"body": "", **values})
