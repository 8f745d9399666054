from odoo import api, fields, models
from odoo.tools.mail import email_normalize

from ..models.notice import CLOSE, notice
from ..tools.address import address_key
from ..tools.recipient_state import TO_SEND
from .dialog import opened
from .mail_mail_resend import told

_OWN = frozenset({"recipient_id", "shown_count"})


class MailRecipientCorrect(models.TransientModel):
    """The right address in place of a wrong one."""

    _name = "mail.recipient.correct"
    _description = "Correct an Address"

    recipient_id = fields.Many2one("mail.recipient", required=True, readonly=True, ondelete="cascade")
    shown_count = fields.Integer(readonly=True)
    old_address = fields.Char(compute="_compute_recipient", compute_sudo=False)
    reason = fields.Char("What went wrong", compute="_compute_recipient", compute_sudo=False)
    words = fields.Text("Server's Words", compute="_compute_recipient", compute_sudo=False)
    contact_name = fields.Char("Contact", compute="_compute_recipient", compute_sudo=False)
    may_correct_contact = fields.Boolean(compute="_compute_recipient", compute_sudo=False)
    is_waiting = fields.Boolean(compute="_compute_recipient", compute_sudo=False)
    new_address = fields.Char()
    is_contact_corrected = fields.Boolean("Also correct the contact")
    warning = fields.Char(compute="_compute_warning", compute_sudo=False)

    @api.depends("recipient_id")
    @api.depends_context("uid", "lang")
    def _compute_recipient(self):
        for wizard in self:
            row = wizard._row()
            partner = row.sudo().partner_id
            own = partner.sudo(False)
            wizard.old_address = row.email
            wizard.reason = row.cause_meaning or row.state_meaning
            wizard.words = row.bounce_reason if row.bounce_date else row.smtp_reply
            wizard.may_correct_contact = bool(partner) and own.has_access("write")
            wizard.contact_name = partner.display_name if partner and own.has_access("read") else False
            wizard.is_waiting = row.state in TO_SEND

    @api.depends("new_address")
    def _compute_warning(self):
        for wizard in self:
            address = email_normalize(wizard.new_address)
            blocked = address and self.env["mail.blacklist"].sudo().search_count([("email", "=", address)], limit=1)
            known = address and any(
                address_key(one.email) == address_key(address)
                for one in wizard._row().sudo().mail_mail_id.recipient_status_ids
            )
            if blocked:
                wizard.warning = self.env._("This address is on the list of those that want no mass mailings.")
            elif known:
                wizard.warning = self.env._("This e-mail was for this address, too.")
            else:
                wizard.warning = False

    def _row(self):
        """:raise AccessError: if this person may not send the mail elsewhere"""
        self.ensure_one()
        row = self.recipient_id._origin.sudo(False)
        row._check_correctable()
        return row

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create([{"recipient_id": values.get("recipient_id")} for values in vals_list])
        for wizard in wizards:
            mail = wizard._row().sudo().mail_mail_id
            values = {
                "shown_count": mail.resent_count,
                "is_contact_corrected": wizard.may_correct_contact and wizard._is_address_at_fault(),
            }
            super(MailRecipientCorrect, wizard).write(values)
        return wizards

    def _is_address_at_fault(self):
        """Whether the server said that there is no such address, rather than that the mailbox is full, or the like."""
        row = self.recipient_id
        return any((code or "").startswith("5.1.") for code in (row.smtp_enhanced_code, row.bounce_code))

    def write(self, vals):
        return super().write({name: value for name, value in vals.items() if name not in _OWN})

    def _open(self):
        return opened(self, self.env._("Correct the Address"))

    def action_correct(self):
        """Send the mail to the new address."""
        self.ensure_one()
        is_contact_corrected = self.is_contact_corrected and self.may_correct_contact
        mails = self._row()._correct_address(self.new_address, is_contact_corrected, self.shown_count)
        if mails:
            return told(self.env, mails)
        text = self.env._("The e-mail is corrected and waits in the buffer.")
        return notice(text, next=CLOSE)
