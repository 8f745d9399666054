from email.utils import parseaddr

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import email_normalize, email_normalize_all, formataddr

from ..tools.address import address_key, typed_addresses
from ..tools.recipient_state import FAILURE, HANDED_OVER, TO_SEND, State
from .mail_evidence import LooseMany2one
from .mail_mail_recipients import NO_LONGER


class MailRecipient(models.Model):
    """Correcting an address that was wrong, and sending the mail to the right one."""

    _inherit = "mail.recipient"

    replaced_by_mail_id = LooseMany2one(
        "mail.mail",
        "Corrected by",
        readonly=True,
        help="The e-mail that went to the right address instead: what became of that one counts.",
    )

    def action_correct_address(self):
        """Ask for the right address in place of this one."""
        self.ensure_one()
        self.check_access("read")
        if notice := self._notice_of_gone_mails():
            return notice
        self._check_correctable()
        wizard = self.env["mail.recipient.correct"].create({"recipient_id": self.id})
        return wizard._open()

    def _check_correctable(self):
        """:raise AccessError: if this person may not send the mail elsewhere
        :raise UserError: if the address has, or may have, the mail
        """
        self.check_access("read")
        mail = self.sudo().mail_mail_id.with_env(self.env)
        mail._check_edit_access()
        mail._check_text_access()
        if self.sudo().state not in FAILURE | TO_SEND:
            raise UserError(self.env._("%s has, or may have, this e-mail: there is nothing to correct.", self.email))

    def _correct_address(self, typed, is_contact_corrected, shown_count):
        """Send the mail to another address in place of this one: in place while it waits, by a new mail otherwise.

        :param str typed: the new address
        :param bool is_contact_corrected: whether the contact gets the new address, too
        :param int shown_count: ``resent_count`` of the mail as the person has seen it
        :return: new mails, if there are any
        :rtype: mail.mail
        :raise UserError: if the address cannot be used
        """
        self.ensure_one()
        self._check_correctable()
        address = self._check_new_address(typed)
        mail, row = self.sudo().mail_mail_id.with_env(self.env), self.sudo()
        mail._lock_to_change()
        mail._log_decision("corrected", emails=[f"{row.email} → {address}"])
        if is_contact_corrected:
            self._correct_contact(address)
        partner = row.partner_id if is_contact_corrected else self.env["res.partner"]
        if row.state not in TO_SEND or mail.sudo().state != "outgoing":
            mails = mail._send_again([(partner, address)], shown_count)
            row._with_evidence_token().write({"replaced_by_mail_id": mails[:1].id})
            return mails
        mail.sudo()._correct_in_place(row, address, partner)
        return self.env["mail.mail"]

    def _check_new_address(self, typed):
        """:return: the address, without a name"""
        address = email_normalize(typed)
        if not address or len(typed_addresses(typed)) != 1:
            raise UserError(self.env._("This is not an e-mail address: %s", typed or ""))
        if address_key(address) == address_key(self.email):
            raise UserError(self.env._("This is the address that the e-mail was for already."))
        others = self.sudo().mail_mail_id.recipient_status_ids - self.sudo()
        same = others.filtered(lambda row: address_key(row.email) == address_key(address))
        if same.filtered(lambda row: row.state in HANDED_OVER - {State.BOUNCED} or row.state in TO_SEND):
            raise UserError(self.env._("%s gets, or has, this e-mail already.", address))
        return address

    def _correct_contact(self, address):
        """:raise AccessError: if this person may not change the contact"""
        partner = self.sudo().partner_id.with_env(self.env)
        partner.check_access("write")
        partner.email = _swap(partner.email, self.email, address) or address


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _correct_in_place(self, row, address, partner):
        """Let what waits for one address of this mail go to another one.

        :param mail.recipient row: of the old address
        :param res.partner partner: the contact, if it has the new address now
        """
        self.write({"edit_date": fields.Datetime.now(), "edit_user_id": self.env.uid})
        if not partner:
            values = {name: _swap(self[name], row.email, address) for name in ("email_to", "email_cc", "email_bcc")}
            if row.partner_id:  # the contact keeps the address
                kept = email_normalize_all(row.partner_id.email)
                others = ", ".join([one for one in kept if address_key(one) != address_key(row.email)] + [address])
                values["email_to"] = ", ".join(filter(None, [self.email_to, others]))
                values["recipient_ids"] = (self.recipient_ids - row.partner_id).ids
            row._cancel_waiting(NO_LONGER)
            self._replace_addresses(values)
        else:
            row._cancel_waiting(NO_LONGER)
        self._update_summary(retry_date=False)
        if self.state == "outgoing" and not self.is_held:
            self._wake_buffer()


def _swap(text, old, new):
    """A text with addresses, with one of them replaced; the name before it stays.

    >>> _swap('"Anna" <ana@dest.test>, b@dest.test', "ana@dest.test", "anna@dest.test")
    '"Anna" <anna@dest.test>, b@dest.test'
    """
    parts = typed_addresses(text)
    swapped = [
        formataddr((parseaddr(part)[0], new))
        if address_key(old) in map(address_key, email_normalize_all(part))
        else part
        for part in parts
    ]
    return ", ".join(swapped) if swapped != parts else text or ""
