from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const.causes import ACTORS, CAUSE_WORDS
from ..tools.explanation import explain_line
from .dialog import opened

# So many mails are shown; a text that names more is no line.
_MOST = 80


class MailLineLookup(models.TransientModel):
    """Finds the mail that a pasted line names; where there is none, says what the line means."""

    _name = "mail.line.lookup"
    _description = "What a Line Means"

    text = fields.Text(
        "Line", help="Of a returned mail, a mail program or a log; or a receipt, a Message-ID, an address."
    )
    searched_text = fields.Text(readonly=True)
    meaning = fields.Text("What it means", compute="_compute_meaning")
    what_to_do = fields.Text("What to do", compute="_compute_meaning")
    actor = fields.Selection(ACTORS, "Who acts", compute="_compute_meaning")

    @api.depends("searched_text")
    @api.depends_context("lang")
    def _compute_meaning(self):
        for wizard in self:
            said = explain_line(wizard.searched_text or "")
            found = said.explanation
            words = found and CAUSE_WORDS[found.cause.value]
            wizard.meaning = words and self.env._(words.meaning)
            wizard.what_to_do = words and self.env._(words.what_to_do)
            wizard.actor = found and found.actor.value
            if said.is_taken:
                wizard.meaning = self.env._(
                    "A mail server says that it took the mail. That is no proof that it arrived."
                )

    def action_find(self):
        """Open the mail that the line names, or the mails; else say what the line means."""
        self.ensure_one()
        self.check_access("write")
        if not (self.text or "").strip():
            raise UserError(self.env._("Paste the line first."))
        mails = self.env["mail.mail"].search([("pasted_text", "=", self.text)], limit=_MOST)
        if mails:
            action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_mail_action_all")
            views = [(False, "form")] if len(mails) == 1 else [(False, "list"), (False, "kanban"), (False, "form")]
            domain = [("id", "in", mails.ids)]
            return {**action, "views": views, "res_id": mails.id if len(mails) == 1 else False, "domain": domain}
        self.searched_text = self.text
        return opened(self, self.env._("Find an e-mail"))
