import logging
from xmlrpc import client as xmlrpclib

import psycopg2

from odoo import api, models

from ..tools.context_key import INCOMING, RECEIPT_REQUESTED
from ..tools.report import Kind

_logger = logging.getLogger(__name__)

# Kinds that are certain by their structure.
_REPORTS = (Kind.DSN, Kind.MDN, Kind.FEEDBACK)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(
        self, model, message, custom_values=None, save_original=False, strip_attachments=False, thread_id=None
    ):
        """Take up what came back before core sees it.

        Core takes every report for a bounce, receipts and delays too. Ordinary mail goes on to core as ever, and so
        does the bounce of a mail that was sent before this module kept evidence. Nothing that came back is lost: the
        caller may delete the mail, whatever happens here.

        Everybody who can log in may call this. Evidence is taken from the incoming gateway only: the system itself
        (``fetchmail``) or an administrator, as whom the gateway's script logs in. Anybody else's mail is core's alone.
        """
        if not (self.env.su or self.env.user._is_system()):
            return super().message_process(
                model,
                message,
                custom_values=custom_values,
                save_original=save_original,
                strip_attachments=strip_attachments,
                thread_id=thread_id,
            )
        if isinstance(message, xmlrpclib.Binary):
            message = bytes(message.data)
        source = message.encode("utf-8", "surrogateescape") if isinstance(message, str) else message
        incoming = self.env["mail.report.matcher"]._incoming(source)
        arguments = {
            "custom_values": custom_values,
            "save_original": save_original,
            "strip_attachments": strip_attachments,
            "thread_id": thread_id,
        }
        if not self._is_mail_return(incoming):
            return super().message_process(model, message, **arguments)
        if incoming.report.kind in _REPORTS and not self._process_mail_return(incoming):
            return False
        thread = self.with_context(**INCOMING.put(incoming))
        try:
            with self.env.cr.savepoint():
                return super(MailThread, thread).message_process(model, message, **arguments)
        except psycopg2.Error:
            raise
        except Exception as error:
            # Core stumbles over some returned mails, and the caller would then throw the mail away.
            _logger.warning("A returned mail could not be processed by Odoo: %s", error)
            self.env["mail.report"]._receive(incoming, origin="gateway", problem="error", error=str(error)[:500])
            return False

    def _is_mail_return(self, incoming):
        """Whether a mail is a report, or core may take it for a bounce."""
        if incoming.is_return:
            return True
        addressed_to = incoming.report.addressed_to
        domains = {address.rpartition("@")[2].lower() for address in addressed_to}
        aliases = self.env["mail.alias.domain"].sudo().search([("name", "in", list(domains))])
        bounce_addresses = {address.lower() for address in aliases.mapped("bounce_email") if address}
        return any(address.lower() in bounce_addresses for address in addressed_to)

    def _process_mail_return(self, incoming):
        """Record a report.

        :return: whether core shall process it all the same: a failure of a mail from before
        """
        reports, matcher = self.env["mail.report"], self.env["mail.report.matcher"]
        if incoming.report.is_bounce and incoming.match.problem and matcher._is_from_before(incoming):
            reports._receive(incoming, origin="gateway", **reports._values_from_before(incoming.report))
            return True
        reports._receive(incoming, origin="gateway")
        return False

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Keep what core takes for a bounce and what is none that could be read, rather than count it.

        Core goes by the address it came to and by who sent it, so an automatic reply or a person's mail to the bounce
        address would be booked as a bounce of whoever the mail was for.
        """
        incoming = INCOMING.get(self.env.context)
        if not incoming or incoming.report.kind in _REPORTS:
            return super()._routing_handle_bounce(email_message, message_dict)
        known = message_dict.get("bounced_message") or self.env["mail.message"]
        matcher = self.env["mail.report.matcher"]
        automatic = incoming.report.kind is Kind.AUTO_REPLY
        if not automatic and known and matcher._is_from_before(incoming, known.mapped("message_id")):
            return super()._routing_handle_bounce(email_message, message_dict)
        values = {} if automatic else {"state": "unmatched", "problem": "unreadable"}
        self.env["mail.report"]._receive(incoming, origin="gateway", **values)
        _logger.info("Mail %s to the bounce address is kept as a returned mail", message_dict.get("message_id"))
        return None

    # === ASKING FOR READ RECEIPTS === #

    def _get_notify_valid_parameters(self):
        return super()._get_notify_valid_parameters() | {"is_receipt_requested"}

    def _notify_thread_by_email(self, message, recipients_data, *, is_receipt_requested=None, **kwargs):
        """Hand the wish for a read receipt on to the mails; where nobody was asked, the settings decide."""
        if is_receipt_requested is None:
            message_type = (kwargs.get("msg_vals") or {}).get("message_type") or message.message_type
            is_receipt_requested = message_type == "comment" and self.env["mail.mail"]._is_receipt_default(message)
        thread = self.with_context(**RECEIPT_REQUESTED.put(is_receipt_requested))
        return super(MailThread, thread)._notify_thread_by_email(message, recipients_data, **kwargs)

    def _notify_by_email_get_base_mail_values(self, message, recipients_data, additional_values=None):
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if RECEIPT_REQUESTED.get(self.env.context):
            values["is_receipt_requested"] = True
        return values
