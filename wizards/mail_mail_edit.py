from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.mail_evidence import LooseMany2one
from .dialog import opened

# What the dialog shows and, changed, is written to the mail under the same name.
_PLAIN = ("subject", "email_to", "email_cc", "email_bcc", "is_receipt_requested", "scheduled_date")
_OWN = frozenset({"shown", "text_kind"})


class MailMailEdit(models.TransientModel):
    """A mail that waits, open to be edited. It is filled when it is made: what a client says of the mail counts for
    nothing but for what the person changes.
    """

    _name = "mail.mail.edit"
    _description = "Edit an E-mail"

    # Without a foreign key: it would lock the mail while the dialog opens, and a sender passes over what is locked.
    mail_id = LooseMany2one("mail.mail", "E-mail", required=True, readonly=True)
    shown = fields.Char(readonly=True, help="Differs when somebody else changes the e-mail.")
    text_kind = fields.Selection(
        [
            ("message", "The message"),
            ("whole", "The whole e-mail"),
            ("source", "The whole e-mail, as HTML"),
            ("none", "Nothing"),
        ],
        readonly=True,
        default="none",
    )
    is_text_locked = fields.Boolean(compute="_compute_locks", compute_sudo=False)
    is_address_locked = fields.Boolean(compute="_compute_locks", compute_sudo=False)
    lock_note = fields.Text(compute="_compute_locks", compute_sudo=False)
    subject = fields.Char()
    body = fields.Html(sanitize="email_outgoing")
    source = fields.Text("Text as HTML")
    partner_ids = fields.Many2many("res.partner", string="Contacts", context={"active_test": False})
    contact_addresses = fields.Char("Their Addresses", compute="_compute_contact_addresses", compute_sudo=False)
    email_to = fields.Char("Other Addresses")
    email_cc = fields.Char("Cc")
    email_bcc = fields.Char("Bcc", help="Blind copies: these addresses get the e-mail, and nobody else sees that.")
    attachment_ids = fields.Many2many("ir.attachment", string="Add a file")
    hidden_attachment_count = fields.Integer(compute="_compute_locks", compute_sudo=False)
    is_receipt_requested = fields.Boolean("Ask for a read receipt")
    scheduled_date = fields.Datetime("Send On", help="Empty: as soon as possible.")
    mail_server = fields.Selection("_selection_mail_server")

    @api.model
    def _selection_mail_server(self):
        """The servers that somebody may choose: those of the company's, and the person's own."""
        servers = self.env["ir.mail_server"].sudo().search([("owner_user_id", "in", (False, self.env.uid))])
        return [(str(server.id), server.name) for server in servers]

    @api.depends("mail_id")
    @api.depends_context("uid", "lang")
    def _compute_locks(self):
        for wizard in self:
            mail = wizard._mail()
            left, readable = mail.sudo()._has_left(), mail.is_text_readable
            wizard.is_address_locked = not readable
            wizard.is_text_locked = not readable or left
            wizard.hidden_attachment_count = len(mail.sudo().attachment_ids) - len(wizard._readable_files())
            wizard.lock_note = wizard._lock_note(mail, left, readable)

    @api.depends("partner_ids")
    def _compute_contact_addresses(self):
        for wizard in self:
            wizard.contact_addresses = ", ".join(filter(None, wizard.partner_ids.mapped("email"))) or False

    def _lock_note(self, mail, left, readable):
        """What of the mail cannot be changed, and why; False if all can."""
        if not readable:
            return self.env._(
                "You may not read the text of this e-mail, so you can change only when it is sent, by which mail"
                " server, and whether a read receipt is asked for."
            )
        if left:
            has_it = mail.sudo().recipient_status_ids - mail.sudo()._rows_not_handed_over()
            return self.env._(
                "These recipients have the e-mail already, so its text and files stay as they are: %s",
                ", ".join(has_it.mapped("email")),
            )
        if self.text_kind == "none":
            return self.env._("Only an administrator can change the text of this e-mail.")
        return False

    def _mail(self):
        """:raise AccessError: if this person may not edit the mail
        :raise UserError: if it is gone
        """
        self.ensure_one()
        mail = self.mail_id._origin.sudo(False)
        if not mail:
            raise UserError(self.env._("This e-mail does not exist any more."))
        mail._check_edit_access()
        return mail

    def _readable_files(self):
        mail = self._mail()
        if not mail.is_text_readable:
            return self.env["ir.attachment"]
        return mail.sudo().attachment_ids.sudo(False)._filtered_access("read")

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create([{"mail_id": values.get("mail_id")} for values in vals_list])
        for wizard in wizards:
            super(MailMailEdit, wizard).write(wizard._values_of_mail())
        return wizards

    def write(self, vals):
        return super().write({name: value for name, value in vals.items() if name not in _OWN | {"mail_id"}})

    def _values_of_mail(self):
        """What is shown of the mail: only what this person may read."""
        mail = self._mail()
        mail_sudo = mail.sudo()
        kind, text = mail._editable_text()
        readable = mail.is_text_readable
        server = mail_sudo.mail_server_id
        return {
            "shown": mail._edit_fingerprint(),
            "text_kind": kind,
            "subject": readable and mail_sudo.subject,
            "body": kind != "source" and text,
            "source": kind == "source" and str(text),
            "partner_ids": [Command.set(mail_sudo.recipient_ids.ids)],
            "email_to": mail_sudo.email_to,
            "email_cc": mail_sudo.email_cc,
            "email_bcc": mail_sudo.email_bcc,
            "attachment_ids": [Command.set(self._readable_files().ids)],
            "is_receipt_requested": mail_sudo.is_receipt_requested,
            "scheduled_date": mail_sudo.scheduled_date,
            "mail_server": str(server.id) if str(server.id) in dict(self._selection_mail_server()) else False,
        }

    def _open(self, name):
        return opened(self, name)

    def action_save(self):
        """Write what was changed, and nothing else."""
        self.ensure_one()
        mail = self._mail()
        before = self.create({"mail_id": mail.id})  # what is not touched is compared in the same spelling
        values = {name: self[name] for name in _PLAIN if self[name] != before[name]}
        text = "source" if self.text_kind == "source" else "body"
        if self[text] != before[text] and self.text_kind != "none":
            values["body"] = self[text]
        if self.partner_ids != before.partner_ids:
            (self.partner_ids - before.partner_ids).check_access("read")
            hidden = mail.sudo().recipient_ids - before.partner_ids.sudo()
            values["recipient_ids"] = (hidden | self.partner_ids.sudo()).ids
        if self.attachment_ids != before.attachment_ids:
            values["attachment_ids"] = self._files(before.attachment_ids)
        if self.mail_server != before.mail_server:
            values["mail_server_id"] = int(self.mail_server or 0) or False
        before.unlink()
        if values:
            mail._edit(values, self.shown)
            self._keep_pictures()
        return {"type": "ir.actions.act_window_close"}

    def _files(self, before):
        """The files of the mail as they shall be: those that this person cannot see stay.

        :return: ids
        """
        added = self.attachment_ids - before
        added.check_access("read")
        uploaded = added.sudo().filtered(lambda one: one.res_model == self._name and one.create_uid == self.env.user)
        uploaded.write({"res_model": "mail.message", "res_id": self.mail_id.sudo().mail_message_id.id})
        hidden = self.mail_id.sudo().attachment_ids - before.sudo()
        return (hidden | self.attachment_ids.sudo()).ids

    def _keep_pictures(self):
        """Pictures that were put into the text belong to the message: those of the dialog are deleted with it."""
        pictures = self.env["ir.attachment"].sudo().search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        pictures.write({"res_model": "mail.message", "res_id": self.mail_id.sudo().mail_message_id.id})
