from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import REPORT_RESULTS

# States of a line that somebody may still say something about.
_WAITING = ("unmatched", "unproved")


class MailReportAssign(models.TransientModel):
    """A person says which mail an unmatched report is about.

    Every id comes from a client: nothing is computed in superuser mode, and each is checked with the user's own rights,
    since the name of a record that a record names is told in superuser mode.
    """

    _name = "mail.report.assign"
    _description = "Assign a Returned Mail"

    report_id = fields.Many2one("mail.report", "Returned Mail", required=True, readonly=True)
    line_id = fields.Many2one(
        "mail.report.recipient",
        "Address in it",
        domain="[('report_id', '=', report_id), ('state', 'in', ('unmatched', 'unproved'))]",
        compute="_compute_line_id",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    candidate_ids = fields.Many2many(related="report_id.candidate_ids", string="Likely Mails", related_sudo=False)
    recipient_id = fields.Many2one(
        "mail.recipient",
        domain="[('transaction_id', '!=', False)]",
        compute="_compute_recipient_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        required=True,
    )
    result = fields.Selection(
        [word for word in REPORT_RESULTS if word[0] not in ("complaint", "not_read", "expanded")],
        "What happened",
        compute="_compute_result",
        compute_sudo=False,
        store=True,
        readonly=False,
        required=True,
    )
    reason = fields.Text("In its words", related="report_id.reason", related_sudo=False)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        self._check_named(values)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_named(values)
        return super().create(vals_list)

    def write(self, vals):
        self._check_named(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_named(values)
        return super().onchange(values, field_names, fields_spec)

    def _check_named(self, values):
        """:raise AccessError: if one of the records that are named is not for this user"""
        for name in ("report_id", "line_id", "recipient_id"):
            named = values.get(name)
            if isinstance(named, (list, tuple)):
                named = named[0] if named else False
            if named and not isinstance(named, dict):
                self.env[self._fields[name].comodel_name].browse(int(named)).check_access("read")

    @api.depends("report_id")
    def _compute_line_id(self):
        for wizard in self:
            wizard.line_id = wizard.report_id.line_ids.filtered(lambda line: line.state in _WAITING)[:1]

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
