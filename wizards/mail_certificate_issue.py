from odoo import fields, models
from odoo.exceptions import UserError

from ..models.mail_evidence import LooseMany2one
from .dialog import opened


class MailCertificateIssue(models.TransientModel):
    """What a certificate of sending is to be like: its language, and whether it names blind copies."""

    _name = "mail.certificate.issue"
    _description = "Issue a Certificate of Sending"

    # Without a foreign key: see mail.mail.preview.
    mail_id = LooseMany2one("mail.mail", "E-mail", readonly=True)
    document_model = fields.Char(readonly=True)
    document_id = fields.Many2oneReference(model_field="document_model", readonly=True)
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language",
        required=True,
        default=lambda self: self.env.lang or "en_US",
    )
    has_blind_copies = fields.Boolean(
        "Name blind copies (Bcc)", help="For your own files only: others must not see who got a blind copy."
    )

    def action_issue(self):
        """Issue the certificate and print it.

        :raise AccessError: if the person may not read the mail or the document
        :raise UserError: if there is nothing to certify
        """
        self.ensure_one()
        certificates = self.env["mail.certificate"]
        certificate = certificates._issue(self._scope(), self.lang, self.has_blind_copies)
        return certificate.action_print()

    def _scope(self):
        """What it is about, of what this person may read.

        :rtype: Scope
        """
        certificates = self.env["mail.certificate"]
        if self.mail_id:
            return certificates._scope_of_mail(self.mail_id._origin.sudo(False))
        # A mail.mail named as a document would be read by another rule than its own.
        if self.document_model not in self.env["mail.mail"]._conversation_models():
            raise UserError(self.env._("Issue the certificate from an e-mail or from its document."))
        return certificates._scope_of_document(self.env[self.document_model].browse(self.document_id))

    def _open(self):
        return opened(self, self.env._("Sending certificate"))
