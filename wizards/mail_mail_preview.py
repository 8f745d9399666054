from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import human_size

from ..models.mail_evidence import LooseMany2one
from ..models.mail_mail_text import _is_administrator
from .dialog import opened


class MailMailPreview(models.TransientModel):
    """A mail as one of its recipients gets it. Nothing of the text is stored: it is made each time, for the reader."""

    _name = "mail.mail.preview"
    _description = "Preview of an E-mail"

    # Without a foreign key: it would lock the mail while the dialog opens, and a sender passes over what is locked.
    mail_id = LooseMany2one("mail.mail", "E-mail", required=True, readonly=True)
    position = fields.Integer("Recipient", help="Which of the recipients: the first is 0.")
    recipients = fields.Json(compute="_compute_preview", compute_sudo=False)
    subject = fields.Char(compute="_compute_preview", compute_sudo=False)
    email_from = fields.Char("From", compute="_compute_preview", compute_sudo=False)
    email_to = fields.Char("To", compute="_compute_preview", compute_sudo=False)
    email_cc = fields.Char("Cc", compute="_compute_preview", compute_sudo=False)
    reply_to = fields.Char(compute="_compute_preview", compute_sudo=False)
    note = fields.Char(compute="_compute_preview", compute_sudo=False)
    body = fields.Text(compute="_compute_preview", compute_sudo=False)
    files = fields.Char(compute="_compute_preview", compute_sudo=False)

    @api.depends("mail_id", "position")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_preview(self):
        for wizard in self:
            mail = wizard.mail_id._origin.sudo(False)
            if not mail:
                raise UserError(self.env._("This e-mail does not exist any more."))
            mail.check_access("read")
            wizard.update(wizard._preview(mail))

    def _preview(self, mail):
        """What this person may see of the mail for the chosen recipient."""
        mail_sudo = mail.sudo()
        emails = mail_sudo._preview_recipients()
        position = self.position if 0 <= self.position < len(emails) else 0
        partner, to, cc = emails[position]
        readable = mail.is_text_readable and not mail.text_note
        body = mail_sudo._preview_html(partner, _is_administrator(self.env)) if readable else False
        return {
            "recipients": [one_to or one_cc for _partner, one_to, one_cc in emails],
            "subject": mail.readable_subject,
            "email_from": mail_sudo.email_from,
            "email_to": to,
            "email_cc": cc,
            "reply_to": mail_sudo.reply_to,
            "note": mail.text_note,
            "body": body,
            "files": self._files(mail_sudo) if readable else False,
        }

    def _files(self, mail):
        """The files in words: names and sizes."""
        return ", ".join(f"{one.name} ({human_size(one.file_size or 0)})" for one in mail.attachment_ids) or False

    def _open(self, name):
        return opened(self, name)
