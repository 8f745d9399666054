from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .mail_retention_hold import OF_MAIL


class MailMail(models.Model):
    """What a legal hold keeps: nothing of it is removed, neither by age nor by hand."""

    _inherit = "mail.mail"

    is_held_by_law = fields.Boolean(
        "Legal hold", compute="_compute_hold_text", search="_search_is_held_by_law", help="Nothing of it is removed."
    )
    hold_text = fields.Char("Why it is kept", compute="_compute_hold_text")

    @api.depends("access_model", "access_res_id")
    @api.depends_context("lang")
    def _compute_hold_text(self):
        held = self._held()
        for mail in self:
            mail.is_held_by_law = mail in held
            mail.hold_text = mail._holds()[:1]._words() if mail in held else False

    def _search_is_held_by_law(self, operator, value):
        if operator != "in" or len(value) != 1:
            return NotImplemented
        domain = Domain.FALSE
        for model, res_id in sorted(self.env["mail.retention.hold"]._held_keys()):
            if model == OF_MAIL:
                domain |= Domain("id", "=", res_id)
            else:
                domain |= Domain("access_model", "=", model) & Domain("access_res_id", "=", res_id)
        return domain if True in value else ~domain

    def _held(self):
        """Those of these mails that a legal hold keeps. Without any hold no statement is made.

        :rtype: mail.mail
        """
        keys = self.env["mail.retention.hold"]._held_keys()
        return self.filtered(lambda mail: not keys.isdisjoint(mail.sudo()._hold_keys())) if keys else self.browse()

    def _hold_keys(self):
        """By what a hold names this mail."""
        return {(OF_MAIL, self._origin.id), (self.access_model, self.access_res_id)}

    def _holds(self):
        """The holds that keep this mail, the newest first, whoever reads it."""
        domain = Domain.OR(
            Domain("model", "=", model) & Domain("res_id", "=", res_id)
            for model, res_id in self.sudo()._hold_keys()
            if model and res_id
        )
        return self.env["mail.retention.hold"].sudo().search(Domain("is_current", "=", True) & domain)

    def _check_not_held(self):
        """:raise UserError: if a legal hold keeps one of these mails"""
        if held := self._held()[:1]:
            raise UserError(
                self.env._(
                    "This cannot be deleted: %(mail)s. %(hold)s",
                    mail=self.env._("E-mail %s", held.id),
                    hold=held._holds()[:1]._words(),
                )
            )

    def _check_may_leave_document(self):
        """:raise UserError: if a legal hold of its document keeps this mail: elsewhere the hold would not find it

        That the hold went along would be no way out: it would keep all e-mails of the other document, too. A hold of
        the mail by itself goes wherever the mail goes.
        """
        if hold := self._holds().filtered(lambda hold: hold.model != OF_MAIL)[:1]:
            raise UserError(
                self.env._(
                    "This e-mail has to stay with its document. %s To let it belong to another one, the hold has to be"
                    " lifted first.",
                    hold._words(),
                )
            )

    def action_set_hold(self):
        """Ask why all e-mails of this mail's document are to be kept; of a mail without one, why this one is."""
        self.ensure_one()
        self.check_access("read")
        mail, model, res_id = self.sudo(), OF_MAIL, self.id
        if mail.access_res_id and mail.access_model in self._conversation_models():
            model, res_id = mail.access_model, mail.access_res_id
        return self.env["mail.retention.hold.set"]._open(model, [res_id])

    def action_open_holds(self):
        """Show the legal holds of this mail that are in force."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_retention_hold_action")
        return {**action, "domain": [("id", "in", self._holds().ids)], "context": {}}
