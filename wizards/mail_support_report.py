from base64 import b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.mail_evidence import LooseMany2one
from .dialog import opened


class MailSupportReport(models.TransientModel):
    """Everything about one mail as text, to be copied or downloaded. Made for its reader each time, never stored."""

    _name = "mail.support.report"
    _description = "Report for Support on an E-mail"

    # Without a foreign key: see mail.mail.preview.
    mail_id = LooseMany2one("mail.mail", "E-mail", required=True, readonly=True)
    is_masked = fields.Boolean("Hide the addresses", help="What stands before the @ is not told.")
    text = fields.Text("Report", compute="_compute_text", compute_sudo=False)
    file = fields.Binary("Download", compute="_compute_text", compute_sudo=False)
    file_name = fields.Char(compute="_compute_text", compute_sudo=False)

    @api.depends("mail_id", "is_masked")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_text(self):
        for wizard in self:
            mail = wizard.mail_id._origin.sudo(False)
            if not mail:
                raise UserError(self.env._("This e-mail does not exist any more."))
            mail.check_access("read")
            wizard.text = mail._support_report(wizard.is_masked)
            wizard.file = b64encode(wizard.text.encode())
            wizard.file_name = f"e-mail-{mail.id}.txt"

    def _open(self, name):
        return opened(self, name)
