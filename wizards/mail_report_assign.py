from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import REPORT_RESULTS


class MailReportAssign(models.TransientModel):
    """A person says which mail an unmatched report is about."""

    _name = "mail.report.assign"
    _description = "Assign a Returned Mail"

    report_id = fields.Many2one("mail.report", "Returned Mail", required=True, readonly=True)
    line_id = fields.Many2one(
        "mail.report.recipient",
        "Address in it",
        domain="[('report_id', '=', report_id), ('state', '=', 'unmatched')]",
        compute="_compute_line_id",
        store=True,
        readonly=False,
    )
    candidate_ids = fields.Many2many(related="report_id.candidate_ids", string="Likely Mails")
    recipient_id = fields.Many2one(
        "mail.recipient",
        domain="[('transaction_id', '!=', False)]",
        compute="_compute_recipient_id",
        store=True,
        readonly=False,
        required=True,
    )
    result = fields.Selection(
        [word for word in REPORT_RESULTS if word[0] not in ("complaint", "not_read", "expanded")],
        "What happened",
        compute="_compute_result",
        store=True,
        readonly=False,
        required=True,
    )
    reason = fields.Text("In its words", related="report_id.reason")

    @api.depends("report_id")
    def _compute_line_id(self):
        for wizard in self:
            wizard.line_id = wizard.report_id.line_ids.filtered(lambda line: line.state == "unmatched")[:1]

    @api.depends("report_id")
    def _compute_recipient_id(self):
        for wizard in self:
            wizard.recipient_id = wizard.recipient_id or wizard.report_id.candidate_ids[:1]

    @api.depends("line_id")
    def _compute_result(self):
        offered = dict(self._fields["result"].selection)
        for wizard in self:
            said = wizard.line_id.result
            wizard.result = said if said in offered else "failed"

    def action_assign(self):
        """Record what the report says for the chosen recipient."""
        self.ensure_one()
        if self.report_id.state not in ("unmatched", "dismissed"):
            raise UserError(self.env._("This returned mail is assigned already."))
        self.report_id._assign(self.recipient_id, self.result, self.line_id)
        return {"type": "ir.actions.act_window_close"}
