import hashlib
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools.mail import email_normalize_all

from ..tools.address import address_key, typed_addresses
from ..tools.recipient_state import HANDED_OVER, stored
from .mail_mail_text import _is_administrator

# What whoever gets the mail reads of it.
_TEXT = frozenset({"attachment_ids", "body", "subject"})
_ADDRESSES = frozenset({"email_bcc", "email_cc", "email_to", "recipient_ids"})
_EDITABLE_STATES = ("outgoing", "exception")


class MailMail(models.Model):
    """Editing a mail that waits: who may, until when, and that nothing is lost between two people and the sender."""

    _inherit = "mail.mail"

    edit_date = fields.Datetime("Edited On", readonly=True, copy=False)
    edit_user_id = fields.Many2one("res.users", "Edited by", readonly=True, copy=False, ondelete="set null")
    is_editable = fields.Boolean("May be edited", compute="_compute_edit_lock")
    edit_lock_reason = fields.Char("Why it cannot be edited", compute="_compute_edit_lock")

    @api.depends("state", "recipient_status_ids.state", "text_removed_date", "author_id", "model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_edit_lock(self):
        mails = self._origin
        allowed, being_sent = mails._with_edit_rights(), mails.sudo()._being_sent()
        for mail in self:
            stored_mail = mail._origin
            if stored_mail not in allowed:
                reason = self.env._(
                    "Only its author, people who may change its document, and managers may edit this e-mail."
                )
            else:
                reason = stored_mail.sudo()._edit_lock(stored_mail.id in being_sent.ids)
            mail.edit_lock_reason = reason
            mail.is_editable = not reason

    def _edit_lock(self, is_being_sent):
        """Why this mail cannot be edited any more, in words; False if it can."""
        if is_being_sent:
            return self.env._("This e-mail is being sent right now.")
        if self.state == "cancel":
            return self.env._("This e-mail was cancelled.")
        if self.state not in _EDITABLE_STATES or (self._has_left() and not self._rows_not_handed_over()):
            return self.env._("This e-mail has left already.")
        return False

    def action_edit(self):
        """Open this mail to be edited."""
        self.ensure_one()
        self._check_edit_access()
        reason = self.sudo()._edit_lock(bool(self.sudo()._being_sent()))
        if reason:
            raise UserError(reason)
        wizard = self.env["mail.mail.edit"].create({"mail_id": self.id})
        return wizard._open(self.env._("Edit the E-mail"))

    # === RIGHTS === #

    def _with_edit_rights(self):
        """Those of these mails that this person may change, or send again: read, and is the author, may write the
        document, or is a manager of the company.

        In superuser mode, too, it is the person who counts.
        """
        if self.env.user._is_superuser():
            return self
        mails = self.sudo(False)._filtered_access("read")
        user = self.env.user
        if _is_administrator(self.env):
            return mails.with_env(self.env)
        companies = self.env.companies if user.has_group("mail_delivery_status.group_manager") else ()
        writable = mails._writable_documents()
        found = mails.sudo().filtered(
            lambda mail: (
                mail.author_id == user.partner_id
                or mail.record_company_id in companies
                or mail.res_id in writable[mail.model]
            )
        )
        return found.with_env(self.env)

    def _writable_documents(self):
        """The documents of these mails that this person may write: ``{model: ids}``."""
        ids_by_model = defaultdict(set)
        for mail in self.sudo():
            if mail.model in self._conversation_models() and mail.res_id:
                ids_by_model[mail.model].add(mail.res_id)
        documents = {model: self.env[model].sudo(False).browse(ids).exists() for model, ids in ids_by_model.items()}
        return defaultdict(
            frozenset, {model: frozenset(found._filtered_access("write")._ids) for model, found in documents.items()}
        )

    def _check_edit_access(self):
        """:raise AccessError: if this person may not change these mails, or send them again"""
        self.sudo(False)._check_there_to_read()
        if self - self._with_edit_rights():
            raise AccessError(
                self.env._(
                    "Only its author, people who may change its document, and managers may change this e-mail or send"
                    " it again."
                )
            )

    def _check_text_access(self):
        """:raise AccessError: if this person may not read what these mails say: they would read it in a mail to
        themselves"""
        if any(not mail.is_text_readable for mail in self.sudo(False)):
            raise AccessError(
                self.env._(
                    "You may not read the text of this e-mail, so you can change neither its text nor its recipients."
                )
            )

    # === ONE AT A TIME === #

    def _lock_to_change(self):
        """Take these mails for the time of this database transaction: nobody sends or edits them meanwhile.

        :raise UserError: if somebody else has one of them
        """
        if self.sudo() - self._lock_free():
            raise UserError(
                self.env._("This e-mail is being sent, or changed by somebody else, right now. Nothing was changed.")
            )

    def _edit_fingerprint(self):
        """A short text that differs when something differs that the dialog shows of this mail."""
        mail = self.sudo()
        shown = (
            *(mail[name] or "" for name in ("subject", "body", "body_html", "email_to", "email_cc", "email_bcc")),
            *(sorted(mail[name].ids) for name in ("recipient_ids", "attachment_ids", "mail_server_id")),
            *(str(mail[name] or "") for name in ("scheduled_date", "edit_date")),
            mail.is_receipt_requested,
        )
        return hashlib.sha256(repr(shown).encode()).hexdigest()

    # === WRITING === #

    def _edit(self, values, shown):
        """Change this mail, and with its text all mails of the same message.

        :param dict values: what is changed of ``subject``, ``body`` (what :meth:`_editable_text` gave),
            ``attachment_ids``, ``email_to``, ``email_cc``, ``recipient_ids`` (ids), ``is_receipt_requested``,
            ``scheduled_date``, ``mail_server_id`` (id)
        :param str shown: :meth:`_edit_fingerprint` of what the person has seen
        :raise AccessError: if this person may not
        :raise UserError: if it is too late, or somebody else was faster
        """
        self.ensure_one()
        self._check_edit_access()
        changes_text = not _TEXT.isdisjoint(values)
        mails = self.sudo()._of_same_message() if changes_text or "mail_server_id" in values else self.sudo()
        mails._lock_to_change()
        if self._edit_fingerprint() != shown:
            raise UserError(
                self.env._(
                    "Somebody else changed this e-mail while you had it open. Nothing was changed: open it again."
                )
            )
        if reason := self.sudo()._edit_lock(is_being_sent=False):
            raise UserError(reason)
        if changes_text or not _ADDRESSES.isdisjoint(values):
            self._check_text_access()
        if changes_text:
            mails._check_text_has_not_left()
        self.sudo()._write_edit(values, mails)
        mails._log_decision("edited", field_names=values)

    def _of_same_message(self):
        """All mails of this mail's message: core makes one for customers, one for colleagues, one a language."""
        return self.search([("mail_message_id", "=", self.mail_message_id.id)])

    def _check_text_has_not_left(self):
        """:raise UserError: if somebody may have got the text of these mails, which are all of one message"""
        rows = self.env["mail.recipient"]
        message = self.mail_message_id
        left = self.filtered(lambda mail: mail._has_left())
        if not left and message.message_id:
            handed_over = [("message_id", "=", message.message_id), ("state", "in", stored(HANDED_OVER))]
            rows = rows.search([*handed_over, ("mail_message_id", "=", message.id)], limit=1)
        if left or rows:
            raise UserError(
                self.env._(
                    "Some recipients have this e-mail already, so its subject, text and files stay as they are. You can"
                    " still change the other recipients, the date and the server."
                )
            )

    def _write_edit(self, values, mails):
        """Write what was changed. The mail's own row is always written: whoever claimed it before starts anew.

        :param mail.mail mails: all of the same message, in superuser mode
        """
        direct = {
            name: values[name]
            for name in ("is_receipt_requested", "mail_server_id", "scheduled_date")
            if name in values
        }
        if "body" in values:
            mails._replace_text(values["body"])
        if "subject" in values:
            direct["subject"] = " ".join((values["subject"] or "").split())
        if "attachment_ids" in values:
            direct["attachment_ids"] = [Command.set(values["attachment_ids"])]
        if not _ADDRESSES.isdisjoint(values):
            self._replace_addresses({name: values[name] for name in _ADDRESSES & values.keys()})
        stamp = {"edit_date": fields.Datetime.now(), "edit_user_id": self.env.uid}
        (mails - self).write(stamp)
        self.write({**direct, **stamp})
        if direct.get("scheduled_date"):
            self._wake_buffer(self.scheduled_date)
        elif self.state == "outgoing" and not self.is_held:
            self._wake_buffer()
        if not _TEXT.isdisjoint(values):
            self._show_edited_message()

    # === ADDRESSES === #

    def _replace_addresses(self, values):
        """Change whom this mail is for. Who has got it stays; who is added to a notification gets a mail in the layout
        that core makes for that person: buttons and links in it are personal.

        :param dict values: what is changed of ``email_to``, ``email_cc`` (text) and ``recipient_ids`` (ids)
        :raise UserError: if an address cannot be used, has got the mail already, or none is left
        """
        typed = {name: values.get(name, self[name]) or "" for name in ("email_to", "email_cc")}
        partners = self.env["res.partner"].browse(values.get("recipient_ids", self.recipient_ids.ids))
        keys = set(map(address_key, email_normalize_all(f"{typed['email_to']}\n{typed['email_cc']}")))
        blind = values.get("email_bcc", self.email_bcc) or ""
        self._check_addresses(
            {**typed, "email_bcc": blind}, keys, set(map(address_key, email_normalize_all(blind))), partners
        )
        added = partners - self.recipient_ids
        before = f"{self.email_to or ''}\n{self.email_cc or ''}"
        is_notification = self.is_notification and self._document_with_chatter() is not None
        if is_notification:
            new_keys = keys - set(map(address_key, email_normalize_all(before)))
            typed = {name: self._without_addresses(text, new_keys) for name, text in typed.items()}
            self._notify_added(added, new_keys)
            partners -= added
        self.write(
            {
                **{name: text or False for name, text in typed.items()},
                "email_bcc": blind or False,
                "recipient_ids": [Command.set(partners.ids)],
            }
        )
        if is_notification:
            self._drop_notifications()
        if not self.recipient_ids and not self.email_to and not self.email_cc:  # all it was for get one of their own
            self._with_state_token().write({"state": "cancel"})

    def _check_addresses(self, typed, keys, blind, partners):
        """:raise UserError: if what was typed is no address, or somebody is left out who has got the mail"""
        for text in typed.values():
            if wrong := self._dropped_addresses(text, keys | blind):
                raise UserError(self.env._("This is not an e-mail address: %s", ", ".join(wrong)))
        if missing := partners.filtered(lambda partner: not email_normalize_all(partner.email)):
            raise UserError(
                self.env._("These contacts have no e-mail address: %s", ", ".join(missing.mapped("display_name")))
            )
        if not keys and not partners:
            raise UserError(self.env._("The e-mail needs at least one recipient."))
        for row in self.recipient_status_ids.filtered(lambda row: row.state in HANDED_OVER):
            if row.kind == "bcc":
                gone = address_key(row.email) not in blind
            elif row.partner_id:
                gone = row.partner_id in self.recipient_ids - partners
            else:
                gone = address_key(row.email) not in keys
            if gone:
                raise UserError(self.env._("%s has this e-mail already, so the address stays.", row.email))

    @api.model
    def _without_addresses(self, text, keys):
        """A text with addresses, without some of them."""
        kept = [part for part in typed_addresses(text) if not keys & set(map(address_key, email_normalize_all(part)))]
        return ", ".join(kept)

    def _notify_added(self, partners, keys):
        """Let core make the mails for contacts and addresses that were added to this notification.

        :return: the new mails, which wait as this one does
        :rtype: mail.mail
        """
        if not partners and not keys:
            return self.browse()
        message = self.mail_message_id
        message.partner_ids |= partners
        mails = self._notify_again(message, partners, sorted(keys))
        mails.write({"scheduled_date": self.scheduled_date, "is_held": self.is_held})
        return mails

    def _drop_notifications(self):
        """Whom this mail is not for any more is not told as notified by it."""
        typed = set(map(address_key, email_normalize_all(f"{self.email_to or ''}\n{self.email_cc or ''}")))
        dropped = self._open_notifications().filtered(
            lambda one: (
                one.res_partner_id not in self.recipient_ids
                if one.res_partner_id
                else address_key(one.mail_email_address or "") not in typed
            )
        )
        self.mail_message_id.partner_ids -= dropped.res_partner_id
        dropped.unlink()
