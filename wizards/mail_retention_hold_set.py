from odoo import api, fields, models

from ..models.notice import CLOSE, notice
from .dialog import ids_in, opened


class MailRetentionHoldSet(models.TransientModel):
    """Asks why, and until when, the e-mails of documents are kept. Who may say so is asked when it is said."""

    _name = "mail.retention.hold.set"
    _description = "Set a Legal Hold"

    model = fields.Char("Document Model", required=True)
    # No relation: that would tell the names of documents to whoever names their ids.
    res_ids = fields.Json("Documents", required=True)
    reason = fields.Char(required=True, help="Such as: dispute about the delivery of May, file 12/2026.")
    date_until = fields.Date("Until", help="It ends by itself after this day. Empty: when somebody lifts it.")

    @api.model
    def _open(self, model, ids):
        """:return: the action that opens the dialog"""
        self.env["mail.retention.hold"]._check_manager()
        wizard = self.new({"model": model, "res_ids": ids})
        context = {"default_model": wizard.model, "default_res_ids": ids, "dialog_size": "medium"}
        return {**opened(wizard, self.env._("Legal hold")), "res_id": False, "context": context}

    def action_set(self):
        self.ensure_one()
        self.env["mail.retention.hold"]._set(self.model, ids_in(self.res_ids), self.reason, self.date_until)
        return notice(self.env._("Nothing of these e-mails is removed until the hold is lifted."), next=CLOSE)
