from odoo import fields, models
from odoo.tools.mail import email_normalize

from ..tools.own_addresses import OwnAddresses
from ..tools.report.match_keys import verp_sender
from .mail_mail_return import RECEIPT_HEADER


class IrMailServer(models.Model):
    """What a mail server is asked to report, and where to."""

    _inherit = "ir.mail_server"

    is_dsn_failure = fields.Boolean(
        "When a mail cannot be delivered", help="Always asked for together with one of the others."
    )
    is_dsn_delay = fields.Boolean("When a mail is delayed")
    is_dsn_success = fields.Boolean(
        "When a mail was delivered", help="One more mail for each mail sent. Many servers on the way do not pass it on."
    )
    is_verp = fields.Boolean(
        "Own return address for each mail",
        help="Bounces come back to bounce+TOKEN@your-domain, or to the return address with +TOKEN, so that each is"
        " recognised even if it does not name the mail. The server of that domain must accept addresses with a +"
        " detail.",
    )

    def _dsn_notify(self):
        """What the server is asked to report (RFC 3461 §4.1 NOTIFY).

        :return: nothing where nothing was chosen: the server then does what it does by itself
        :rtype: frozenset[str]
        """
        chosen = {"FAILURE": self.is_dsn_failure, "DELAY": self.is_dsn_delay, "SUCCESS": self.is_dsn_success}
        words = {word for word, is_chosen in chosen.items() if is_chosen}
        # Without the word FAILURE the server would keep a failure for itself.
        return frozenset(words | {"FAILURE"} if words else ())

    def _return_path(self, sender, envelope_id):
        """The envelope sender of one mail transaction.

        :param str sender: the address that reports come back to
        :param str envelope_id: the token of the transaction
        """
        return verp_sender(sender, envelope_id) if self.is_verp else sender

    def _prepare_email_message__(self, message, smtp_session):  # noqa: PLW3201
        """Use the server's own addresses, and let the read receipt come back to the envelope's sender.

        A mail program may answer by itself only if both are the same address (RFC 8098 §2.1).
        """
        receipt_to, return_path = message[RECEIPT_HEADER], message["Return-Path"]
        own = getattr(smtp_session, "own_addresses", None) or OwnAddresses()
        self._set_own_reply_to(message, own)
        sender, recipients, message = super()._prepare_email_message__(message, smtp_session)
        if own.return_address:
            sender = own.return_address
            if return_path:
                message.replace_header("Return-Path", sender)
        if receipt_to and email_normalize(receipt_to) in (email_normalize(return_path or ""), email_normalize(sender)):
            del message[RECEIPT_HEADER]
            message[RECEIPT_HEADER] = sender
        return sender, recipients, message
