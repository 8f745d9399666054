from odoo import api, fields, models

from ..const.archive import IMPORT_SKIP_MEANINGS, IMPORT_SKIPS


class MailImportLine(models.Model):
    """Something in an archive that was not imported, and why."""

    _name = "mail.import.line"
    _description = "Left out of an Import"
    _order = "id"
    _rec_name = "member"

    import_id = fields.Many2one("mail.import", required=True, readonly=True, index=True, ondelete="cascade")
    member = fields.Char("File", readonly=True)
    place = fields.Float(
        "Place in the File", digits=(20, 0), readonly=True, help="In bytes, from the start of the file."
    )
    reason = fields.Selection(IMPORT_SKIPS, "Why", readonly=True, required=True)
    meaning = fields.Char("What it means", compute="_compute_meaning")
    subject = fields.Char(readonly=True)
    message_id = fields.Char("Message-ID", readonly=True)
    detail = fields.Char(readonly=True)

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_meaning(self):
        for line in self:
            line.meaning = self.env._(IMPORT_SKIP_MEANINGS[line.reason])
