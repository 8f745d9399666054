import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, is_html_empty, ormcache

from ..tools.recipient_state import NEEDS_TEXT, Event, stored

_logger = logging.getLogger(__name__)

# Of these everybody may read the records, but not what is written to the person: codes, links to log in.
_PERSONAL_MODELS = frozenset({"res.users"})
# When what was removed of a mail, and whether there was more before: nobody writes that.
REMOVAL_FIELDS = frozenset(
    {"content_removed_date", "evidence_removed_date", "is_older_than_module", "text_removed_date"}
)


class MailMail(models.Model):
    """When what a mail says is removed, and how a mail is sent again of which it was.

    Core deletes the mail then. Here what became of it stays.
    """

    _inherit = "mail.mail"

    @api.model
    @ormcache()
    def _conversation_models(self):
        """The models whose records have a conversation that other people read, too."""
        thread = self.env.registry["mail.thread"]
        return tuple(
            name
            for name, model in self.env.registry.items()
            if issubclass(model, thread)
            and not model._abstract
            and not model._transient
            and name not in _PERSONAL_MODELS
        )

    def _is_for_addressee_alone(self):
        """Whether what this mail says stands in no conversation, and is to be deleted with the mail."""
        outside = bool(self.model) and self.model not in self._conversation_models()
        return not self.is_notification and (self.auto_delete or outside)

    def _keeps_exact(self):
        """Whether this mail is kept exactly as it was sent: not if what it says is gone with it."""
        return self.env["mail.transaction"]._keeps_exact() and not self._is_for_addressee_alone()

    def _subject_on_document(self):
        """The subject, if whoever reads the mail's document may read it; "" otherwise."""
        if not self or self.message_type == "user_notification" or self._is_for_addressee_alone():
            return ""
        return self.subject or ""

    def _remove_texts(self):
        """Remove what these mails say, where core would delete them. What became of them stays.

        The message of a notification stays as core leaves it, for those who may read it. A message that was made for
        the mail alone loses its content. What a legal hold keeps stays until that is lifted (:meth:`_gc_texts`).
        """
        mails = self.sudo().filtered(lambda mail: not mail.text_removed_date)
        mails -= mails._held()
        if not mails:
            return
        allowed = self.env["mail.recipient"].sudo()._with_evidence_token().env
        values = {"body_html": False, "headers": False, "text_removed_date": fields.Datetime.now()}
        mails.with_env(allowed).write(values)
        messages = mails.filtered(lambda mail: not mail.is_notification).mail_message_id
        if messages:
            # Core splits the mail of a personal server in several that share their message.
            waiting = Domain("mail_message_id", "in", messages.ids) & Domain("id", "not in", self.ids)
            waiting &= Domain("state", "in", ("outgoing", "exception"))
            (messages - mails.search(waiting).mail_message_id)._remove_content()

    @api.autovacuum
    def _gc_texts(self, limit=1000):
        """Remove the texts that were kept before this module removed them, or that were settled in another way.

        :return: how many were done, and how many may be left
        """
        domain = [("state", "=", "sent"), ("auto_delete", "=", True), ("text_removed_date", "=", False)]
        domain += [("recipient_status_ids", "!=", False), ("recipient_status_ids.state", "not in", stored(NEEDS_TEXT))]
        domain += [("is_held_by_law", "=", False)]
        mails = self.sudo().search(domain, limit=limit, order="id")
        mails._remove_texts()
        return len(mails), int(len(mails) == limit)

    def _outlive_messages(self):
        """Let mails that have left stay in the lists when their message is deleted; what it said goes, too."""
        for mail in self.sudo().filtered(lambda mail: mail._has_left() and mail.recipient_status_ids):
            message = mail.mail_message_id
            names = ("author_id", "mail_server_id", "record_alias_domain_id", "record_company_id")
            values = {name: message[name].id for name in names}
            names = ("date", "email_from", "message_id", "model", "reply_to", "res_id")
            values |= {name: message[name] for name in names}
            # A type that no chatter shows.
            stand_in = message.create({**values, "message_type": "user_notification", "body": ""})
            mail._rows_not_handed_over()._apply_event(Event.CANCEL)
            mail.write({"mail_message_id": stand_in.id, "is_notification": False, "auto_delete": True})
            mail._update_summary(state="sent")
            mail._remove_texts()
            mail.transaction_ids._drop_sent_messages()

    def _check_text_is_kept(self):
        """:raise UserError: if one of these mails cannot be sent again, because its text is gone"""
        for mail in self.sudo():
            if mail.text_removed_date and (not mail.is_notification or is_html_empty(mail.body)):
                raise UserError(
                    self.env._(
                        "The text of this mail was removed when it was sent, as Odoo deletes such mails. It cannot be"
                        " sent again; make a new one."
                    )
                )
            if mail.content_removed_date and is_html_empty(mail.body):
                raise UserError(
                    self.env._(
                        "The text of this mail was removed on %s, because it was older than e-mails are kept"
                        " (Settings). It cannot be sent again; make a new one.",
                        format_date(self.env, mail.content_removed_date),
                    )
                )

    def _prepare_outgoing_body(self):
        """Sent again after its text was removed, a mail is made anew from its message: a notification in its layout."""
        if not (self.text_removed_date or self.content_removed_date):
            return super()._prepare_outgoing_body()
        self._check_text_is_kept()
        text = self.mail_message_id.body
        try:
            text = self.is_notification and self._message_in_layout() or text
        except psycopg2.Error:
            raise
        except Exception:  # of whatever add-on takes part in the layout: then without it
            _logger.warning("mail.mail %s is sent again without its layout", self.id, exc_info=True)
        # For core and other add-ons it is as if the mail still had it.
        self._fields["body_html"]._update_cache(self, text)
        try:
            return super()._prepare_outgoing_body()
        finally:
            self.invalidate_recordset(["body_html"], flush=False)

    def _message_in_layout(self):
        """The message as core puts it into its layout for these recipients, with their buttons.

        :return: HTML; None without a document or contacts
        """
        document, message, partner_ids = self._document_with_chatter(), self.mail_message_id, self.recipient_ids.ids
        if document is None or not partner_ids:
            return None
        found = self.env["mail.followers"]._get_recipient_data(
            document, message.message_type, message.subtype_id.id, partner_ids
        )[document.id]
        recipients = [found[partner_id] for partner_id in partner_ids if partner_id in found]
        for lang, values, group in document._notify_get_classified_recipients_iterator(message, recipients):
            record = document.with_context(lang=lang)
            return record._notify_by_email_render_layout(message, group, render_values=values)
        return None
