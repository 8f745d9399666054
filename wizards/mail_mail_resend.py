from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime
from odoo.tools.mail import email_normalize, email_normalize_all

from ..const import RECIPIENT_STATES
from ..models.mail_evidence import LooseMany2one
from ..models.mail_mail_resend import target
from ..models.notice import CLOSE, notice
from ..tools.address import address_key, typed_addresses
from ..tools.recipient_state import FAILURE, HANDED_OVER, TO_SEND, State
from .dialog import opened

_OWN = frozenset({"mail_id", "shown_count"})
_OWN_OF_LINE = frozenset({"partner_id", "recipient_id", "resend_id", "state", "was"})


class MailMailResend(models.TransientModel):
    """Whom a mail is sent again to. Filled when it is made: a client decides about addresses, and who of them."""

    _name = "mail.mail.resend"
    _description = "Send an E-mail Again"

    # Without a foreign key: it would lock the mail while the dialog opens, and a sender passes over what is locked.
    mail_id = LooseMany2one("mail.mail", "E-mail", required=True, readonly=True)
    shown_count = fields.Integer(readonly=True)
    line_ids = fields.One2many("mail.mail.resend.line", "resend_id", "Recipients")
    is_text_gone = fields.Boolean(compute="_compute_mail", compute_sudo=False)
    has_send_dialog = fields.Boolean(compute="_compute_mail", compute_sudo=False)
    again_note = fields.Char(compute="_compute_mail", compute_sudo=False)
    may_have_it = fields.Boolean(compute="_compute_may_have_it", compute_sudo=False)

    @api.depends("mail_id")
    @api.depends_context("uid", "lang")
    def _compute_mail(self):
        for wizard in self:
            mail = wizard._mail()
            wizard.is_text_gone = mail._is_text_gone()
            wizard.has_send_dialog = mail.sudo().model == "account.move"
            last = mail.sudo().resent_ids[:1]
            wizard.again_note = bool(last) and self.env._(
                "This e-mail was sent again already, on %(date)s.",
                date=format_datetime(self.env, last.create_date, dt_format="short"),
            )

    @api.depends("line_ids.is_chosen", "line_ids.address")
    def _compute_may_have_it(self):
        for wizard in self:
            wizard.may_have_it = any(
                line.is_chosen
                and line.state in HANDED_OVER - {State.BOUNCED}
                and address_key(line.address or "") == address_key(line.was or "")
                for line in wizard.line_ids
            )

    def _mail(self):
        """:raise AccessError: if this person may not send the mail again
        :raise UserError: if it is gone
        """
        self.ensure_one()
        mail = self.mail_id._origin.sudo(False)
        if not mail:
            raise UserError(self.env._("This e-mail does not exist any more."))
        mail._check_edit_access()
        return mail

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create([{"mail_id": values.get("mail_id")} for values in vals_list])
        for wizard in wizards:
            mail = wizard._mail()
            super(MailMailResend, wizard).write({"shown_count": mail.sudo().resent_count})
            lines = [{"resend_id": wizard.id, **values} for values in wizard._lines(mail.sudo())]
            self.env["mail.mail.resend.line"]._fill(lines)
        return wizards

    def write(self, vals):
        return super().write({name: value for name, value in vals.items() if name not in _OWN})

    def _lines(self, mail):
        """Whom the mail was for: those that it failed for are chosen, unless it was sent to them again already; what
        still waits is sent anyway.

        :rtype: list[dict]
        """
        if mail.recipient_status_ids or mail.state == "outgoing":
            lines = [
                {
                    "recipient_id": row.id,
                    "partner_id": row.partner_id.id,
                    "was": row.email,
                    "address": self._present_address(row),
                    "state": row.state,
                    "is_chosen": row.state in FAILURE and not row.replaced_by_mail_id,
                }
                for row in mail.recipient_status_ids
                if not (row.state in TO_SEND and mail.state == "outgoing")
            ]
        else:
            lines = [
                {"partner_id": partner.id, "was": address, "address": address, "is_chosen": mail.state == "exception"}
                for partner, kinds in mail._recipients_by_email()
                for address in kinds
            ]
        again = mail._addresses_sent_again()
        for line in lines:
            line["is_chosen"] &= again.isdisjoint({address_key(line["was"]), address_key(line["address"])})
        return lines

    @staticmethod
    def _present_address(row):
        """The contact's address of today, if it is one and another one than it was."""
        today = email_normalize_all(row.partner_id.email)
        return today[0] if len(today) == 1 else row.email

    def _open(self):
        return opened(self, self.env._("Send Again"))

    def action_send(self):
        """Make the new mail."""
        self.ensure_one()
        mail = self._mail()
        targets = [line._target() for line in self.line_ids if line.is_chosen]
        mails = mail._send_again(list(dict.fromkeys(targets)), self.shown_count)
        return told(self.env, mails)

    def action_open_send_dialog(self):
        """The document's own way to make a new mail."""
        self.ensure_one()
        mail = self._mail().sudo()
        document = self.env["account.move"].browse(mail.res_id if mail.model == "account.move" else ())
        document.check_access("write")
        return document.action_send_and_print()


class MailMailResendLine(models.TransientModel):
    _name = "mail.mail.resend.line"
    _description = "Recipient of an E-mail that is sent again"
    _order = "is_chosen desc, id"

    resend_id = fields.Many2one("mail.mail.resend", required=True, readonly=True, ondelete="cascade", index=True)
    recipient_id = fields.Many2one("mail.recipient", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True, ondelete="cascade")
    was = fields.Char("Sent To", readonly=True)
    state = fields.Selection(RECIPIENT_STATES, "Status", readonly=True)
    address = fields.Char("Send To")
    is_chosen = fields.Boolean("Send")

    @api.model
    def _fill(self, vals_list):
        return super().create(vals_list)

    @api.model_create_multi
    def create(self, vals_list):
        """Somebody who was not among the recipients."""
        kept = ("resend_id", "address", "is_chosen")
        self.env["mail.mail.resend"].browse(values.get("resend_id") for values in vals_list).check_access("write")
        return super().create([{name: values[name] for name in kept if name in values} for values in vals_list])

    def write(self, vals):
        return super().write({name: value for name, value in vals.items() if name not in _OWN_OF_LINE})

    def _target(self):
        """:return: (contact or none, address) as ``_send_again()`` wants it
        :raise UserError: if the address is none
        """
        address = email_normalize(self.address)
        if not address or len(typed_addresses(self.address)) != 1:
            raise UserError(self.env._("This is not an e-mail address: %s", self.address or ""))
        return target(self, address)


def told(env, mails):
    """Tell what becomes of new mails, and close the dialog."""
    if any(mail.is_held for mail in mails):
        text = env._("The e-mail waits in the buffer until somebody releases it.")
    else:
        text = env._("The e-mail is on its way. What the mail server says stands with the new e-mail.")
    return notice(text, next=CLOSE)
