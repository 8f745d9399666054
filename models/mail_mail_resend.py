from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools.mail import email_normalize_all

from ..tools.address import address_key
from ..tools.recipient_state import HANDED_OVER, TO_SEND, State

# Of these core makes messages on a document; others (to one person alone) are made anew as a mail.
_POSTED = ("comment", "notification", "email", "email_outgoing", "auto_comment")
# What the new mail has of the old one's message.
_OF_MESSAGE = (
    "email_from",
    "email_layout_xmlid",
    "is_internal",
    "message_type",
    "model",
    "reply_to",
    "res_id",
    "subject",
)
_OF_MESSAGE_IDS = ("author_id", "mail_server_id", "record_alias_domain_id", "record_company_id", "subtype_id")


class MailMail(models.Model):
    """Sending again: a new mail from an old one. The old one stays as it is, with its evidence."""

    _inherit = "mail.mail"

    resent_from_id = fields.Many2one(
        "mail.mail", "Sent again from", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    resent_ids = fields.One2many("mail.mail", "resent_from_id", "Sent again as", readonly=True)
    resent_count = fields.Integer("How often sent again", readonly=True, copy=False)

    def action_send_again(self):
        """Choose whom a new mail with what this one says is for."""
        self.ensure_one()
        self._check_edit_access()
        wizard = self.env["mail.mail.resend"].create({"mail_id": self.id})
        return wizard._open()

    def _is_text_gone(self):
        """Whether nothing is left that could be sent again."""
        try:
            self.sudo()._check_text_is_kept()
        except UserError:
            return True
        return False

    def _send_again(self, targets, shown_count):
        """Make a new mail, with a Message-ID of its own, from this one.

        :param list targets: (contact or none, address) of each email; a contact gets it at the contact's address
        :param int shown_count: ``resent_count`` as the person has seen it
        :return: the new mails; sent, or left to the buffer, as the mode says
        :rtype: mail.mail
        :raise UserError: if somebody was faster, or the text is gone
        """
        self.ensure_one()
        self._check_edit_access()
        old = self.sudo()
        if not targets:
            raise UserError(self.env._("Choose at least one recipient."))
        old._lock_to_change()
        if old.resent_count != shown_count:
            raise UserError(
                self.env._(
                    "Somebody has sent this e-mail again meanwhile. Nothing more was sent: look at that one first."
                )
            )
        old._check_text_is_kept()
        self._check_targets(targets)
        partners = self.env["res.partner"].sudo().union(*(partner for partner, _address in targets))
        addresses = [address for partner, address in targets if not partner]
        mails = old._post_again(partners, addresses) if old._is_posted() else old._make_again(partners, addresses)
        mails.write({"resent_from_id": old.id})
        old.write({"resent_count": old.resent_count + 1})
        emails = partners.mapped("email") + addresses
        old._log_sent_again(emails)
        old._log_decision("resent", emails=emails)
        mails.send_after_commit()
        return mails

    def _addresses_sent_again(self):
        """Which addresses have got, as far as is known, or will get a mail that was made from this one.

        :return: set of address keys
        """
        mails = self.sudo()._resent_mails()
        keys = {
            address_key(row.email)
            for row in mails.recipient_status_ids
            if row.state in TO_SEND | HANDED_OVER - {State.BOUNCED}
        }
        # A mail that was never tried has no recipients recorded.
        for mail in mails.filtered(lambda mail: mail.state == "outgoing"):
            keys |= {address_key(one) for _partner, kinds in mail._recipients_by_email() for one in kinds}
        return keys

    def _resent_mails(self):
        """All mails that were made from this one, directly or from one of them."""
        found, newer = self.browse(), self.resent_ids
        while newer:
            found |= newer
            newer = newer.resent_ids - found
        return found

    def _check_targets(self, targets):
        """What goes to an address that the mail was not for is read there.

        :raise AccessError: if this person may not read what is sent to another address
        """
        rows = self.sudo().recipient_status_ids
        known = {address_key(row.email) for row in rows}
        if not rows:
            known = {address_key(one) for _partner, kinds in self.sudo()._recipients_by_email() for one in kinds}
        used = {
            address_key(one)
            for partner, address in targets
            for one in (email_normalize_all(partner.sudo().email) if partner else [address])
        }
        if used <= known:
            return
        self._check_text_access()
        files = self.sudo().attachment_ids.sudo(False)
        if hidden := files - files._filtered_access("read"):
            names = ", ".join(hidden.sudo().mapped("name"))
            raise AccessError(self.env._("You may not read these files, so you cannot send them on: %s", names))

    def _is_posted(self):
        """Whether the message of this mail stands in the conversation of a document."""
        return self.is_notification and self.message_type in _POSTED and self._document_with_chatter() is not None

    def _post_again(self, partners, addresses):
        """Post the message once more, for some recipients alone; core makes their mails and layouts."""
        message = self.mail_message_id
        document = self._document_with_chatter().with_context(mail_post_autofollow_author_skip=True)
        new = document.message_post(
            body=Markup(message.body or ""),
            subject=message.subject,
            message_type=message.message_type,
            email_from=message.email_from,
            author_id=message.author_id.id,
            subtype_id=message.subtype_id.id,
            attachment_ids=message.attachment_ids.ids,
            reply_to=message.reply_to,
            mail_server_id=message.mail_server_id.filtered("active").id,
            email_layout_xmlid=message.email_layout_xmlid,
            email_add_signature=message.email_add_signature,
            parent_id=message.id,
            notify_skip_followers=True,
        )
        new.partner_ids = partners
        return self._notify_again(new, partners, addresses)

    def _notify_again(self, message, partners, addresses):
        """Let core make the mails of a message for these recipients, each with its own layout. They are not sent yet.

        :param mail.message message: on this mail's document
        :param list addresses: each gets a mail of its own, so that none sees another's address
        :rtype: mail.mail
        """
        document, before = self._document_with_chatter(), self.search([("mail_message_id", "=", message.id)])
        options = {
            "mail_auto_delete": self.auto_delete,
            "is_receipt_requested": self.is_receipt_requested,
            "force_send": False,
        }
        found = self.env["mail.followers"]._get_recipient_data(
            document, "user_notification", message.subtype_id.id, partners.ids
        )[document.id]
        groups = [[{**one, "notif": "email"} for one in found.values() if one["id"] in partners.ids]]
        groups += [[_unknown_person(address)] for address in addresses]
        for group in filter(None, groups):
            document._notify_thread_by_email(message, group, **options)
        return self.search([("mail_message_id", "=", message.id)]) - before

    def _make_again(self, partners, addresses):
        """Make a mail with the same text and files, which stay where they are."""
        message = self.mail_message_id
        values = {name: message[name] for name in _OF_MESSAGE}
        values |= {name: message[name].id for name in _OF_MESSAGE_IDS}
        values |= {name: self[name] for name in ("auto_delete", "is_receipt_requested", "references")}
        # The layout of a notification has links for its own recipient.
        text = message.body if self.is_notification or self.content_removed_date else self.body_html
        values |= {"body": message.body, "body_html": text, "attachment_ids": [Command.set(self.attachment_ids.ids)]}
        each = [{"recipient_ids": [Command.set(partners.ids)]}] if partners else []
        each += [{"email_to": address} for address in addresses]
        return self.create([{**values, **one} for one in each])

    def _log_sent_again(self, addresses):
        """Tell on the document who has sent the mail again, and to whom."""
        document = self._document_with_chatter()
        if document is not None and self.model in self._conversation_models():
            names = ", ".join(dict.fromkeys(filter(None, addresses)))
            document._message_log(
                body=self.env._(
                    "The e-mail “%(subject)s” was sent again to: %(addresses)s",
                    subject=self._subject_on_document(),
                    addresses=names,
                )
            )


def target(row, address):
    """The contact, if the address is the contact's one and only; otherwise the address alone.

    :param row: what has a ``partner_id``
    :return: (contact or none, address)
    """
    partner = row.partner_id.sudo()
    if [address_key(one) for one in email_normalize_all(partner.email)] == [address_key(address)]:
        return row.partner_id.sudo(False), address
    return row.env["res.partner"].sudo(False), address


def _unknown_person(address):
    """Somebody who is known by the address alone, as core's ``_notify_get_recipients()`` tells of them."""
    return {
        "active": True,
        "email_normalized": address,
        "groups": [],
        "id": False,
        "is_follower": False,
        "lang": False,
        "name": address,
        "notif": "email",
        "share": True,
        "type": "customer",
        "uid": False,
        "ushare": False,
    }
