import re
import textwrap

from markupsafe import Markup, escape

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty
from odoo.tools.mail import html_to_inner_content

from odoo.addons.mail.tools.discuss import Store

from .mail_mail_text import _is_administrator

# What core's "mail.notification_preview" begins with: the text up to the characters that push the rest out of sight.
_HIDDEN_LINE = re.compile(r"(<div\b[^>]*display:\s*none[^>]*max-height:\s*0[^>]*>)[^<&\u034f]*", re.IGNORECASE)
_BODY = re.compile(r"(.*<body\b[^>]*>)(.*)(</body>.*)", re.DOTALL | re.IGNORECASE)


class MailMail(models.Model):
    """The text of a mail is in two holding: the message that the document shows, and the mail with the layout round it.

    Whoever edits it edits one text, and both say the same afterwards.
    """

    _inherit = "mail.mail"

    def _editable_text(self):
        """What of the text can be edited, and by this person.

        :return: ``("message", HTML)`` the message, which the layout stands round; ``("whole", HTML)`` all of the mail;
            ``("source", HTML)`` the same, to be edited as text; ``("none", "")`` nothing
        :rtype: tuple[str, str]
        """
        mail = self.sudo()
        if not self.sudo(False).is_text_readable or mail.text_removed_date or mail.content_removed_date:
            return "none", ""
        if mail.is_notification or mail._holds_message():
            return "message", mail.body or ""
        if _is_administrator(self.env):
            text = _split(mail.body_html)[1]
            # The editor of web pages moves the colours of tables about: a layout would not be what it was.
            return ("source" if "<table" in text.lower() else "whole"), text
        return "none", ""

    def _holds_message(self):
        """Whether the message stands in the mail, exactly once."""
        text = str(self.body or "")
        return not is_html_empty(text) and str(self.body_html or "").count(text) == 1

    def _replace_text(self, text):
        """Let these mails, which are all of one message, and the message say something else.

        :param str text: HTML in place of what :meth:`_editable_text` gave
        :raise UserError: if the layout of one of them cannot be kept
        """
        message = self.mail_message_id
        old, old_preview = str(message.body or ""), str(escape(message.preview or ""))
        holding = {mail: mail._holds_message() for mail in self}
        if not any(mail.is_notification or holding[mail] for mail in self):
            self._replace_whole(text)
            return
        message.body = text
        new, new_preview = str(message.body or ""), str(escape(message.preview or ""))
        for mail in self.filtered(lambda mail: not mail.text_removed_date):
            if not holding[mail]:
                mail.body_html = mail._in_layout_again()
                continue
            before, _old, behind = str(mail.body_html).partition(old)
            if old_preview:  # the line that mail programs show in their list stands hidden in front
                before = before.replace(old_preview, new_preview, 1)
            mail.body_html = before + new + behind

    def _replace_whole(self, text):
        """The same for a mail without a message of its own: what is edited is all of it."""
        for mail in self:
            had_message = not is_html_empty(mail.body)
            before, _old, behind = _split(mail.body_html)
            mail.body_html = before + _with_own_preview(str(text or "")) + behind
            if had_message:
                mail.mail_message_id.body = text

    def _in_layout_again(self):
        """:raise UserError: if core's layout for these recipients cannot be made again"""
        html = self._message_in_layout()
        if not html:
            raise UserError(
                self.env._(
                    "The text cannot be changed: it is not certain what the e-mail would look like. Cancel it and write"
                    " a new one."
                )
            )
        return html

    def _show_edited_message(self):
        """Show the edited message to those who have its document open; translations of the old text go."""
        message = self.mail_message_id
        self.env["mail.message.translation"].search([("message_id", "=", message.id)]).unlink()
        document = self._document_with_chatter()
        if document is not None and hasattr(document, "_bus_channel"):
            shown = [Store.Many("attachment_ids", sort="id"), "body", "subject", "write_date"]
            Store(bus_channel=message._bus_channel()).add(message, shown).bus_send()


def _with_own_preview(html):
    """A mail in core's layout, whose hidden first line (mail programs show it in their list) is taken from its text."""
    found = _HIDDEN_LINE.search(html)
    if not found:
        return html
    end = html.find("</div>", found.end())
    text = textwrap.shorten(html_to_inner_content(html[: found.start()] + html[end:]), 190)
    return html[: found.end(1)] + str(escape(text)) + html[found.end() :]


def _split(html):
    """An HTML document as (up to its body, what is in it, the rest); all in the middle if it is a fragment."""
    found = _BODY.fullmatch(str(html or ""))
    before, inner, behind = found.groups() if found else ("", str(html or ""), "")
    return before, Markup(inner), behind
