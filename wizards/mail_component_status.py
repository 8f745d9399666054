from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const_component import COMPONENT_CHECKS, COMPONENT_LEVELS


class MailComponentStatus(models.TransientModel):
    """The page "Is everything in order?": what ``mail.component`` has found, the worst on top. For administrators."""

    _name = "mail.component.status"
    _description = "Component Status"

    level = fields.Selection(COMPONENT_LEVELS, readonly=True)
    summary = fields.Char(readonly=True)
    date = fields.Datetime("Checked on", readonly=True)
    line_ids = fields.One2many("mail.component.status.line", "status_id", "Findings", readonly=True)

    def _compute_display_name(self):
        for status in self:
            status.display_name = self.env._("Is everything in order?")

    @api.model
    def _open(self):
        """Look into everything now, and show it."""
        self.browse().check_access("read")
        component = self.env["mail.component"]
        found = component._findings()
        lines = [
            {
                "check": check,
                "level": finding.level,
                "text": finding.text,
                "advice": finding.advice,
                "res_model": finding.records._name if finding.records else False,
                "res_ids": finding.records.ids if finding.records else False,
            }
            for check, finding in found
        ]
        values = {"level": component._worst(found), "summary": component._summary(found)}
        values |= {"date": fields.Datetime.now(), "line_ids": [fields.Command.create(line) for line in lines]}
        status = self.sudo().create(values)
        action = self.env["ir.actions.actions"]._for_xml_id("mail_delivery_status.mail_component_status_action")
        return {**action, "res_id": status.id}

    def action_check(self):
        """Look into everything once more."""
        return self._open()


class MailComponentStatusLine(models.TransientModel):
    """One finding on the page "Is everything in order?"."""

    _name = "mail.component.status.line"
    _description = "Finding about the Component"

    status_id = fields.Many2one("mail.component.status", "Page", readonly=True, required=True, ondelete="cascade")
    check = fields.Selection(COMPONENT_CHECKS, "Area", readonly=True)
    level = fields.Selection(COMPONENT_LEVELS, "Status", readonly=True)
    text = fields.Text("What was found", readonly=True)
    advice = fields.Text("What to do", readonly=True)
    res_model = fields.Char(readonly=True)
    res_ids = fields.Json(readonly=True)

    def action_open(self):
        """Show what the finding is about."""
        self.ensure_one()
        self.check_access("read")
        if self.res_model not in self.env:
            raise UserError(self.env._("There is nothing to open."))
        return self.env["mail.mail"]._open_action(self.env[self.res_model].browse(self.res_ids))
