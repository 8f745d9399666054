from odoo import api, fields, models

from .mail_report_recipient import compute_bounce_meaning

RECEIPT_HEADER = "Disposition-Notification-To"  # RFC 8098 §2.1
PARAMETER = "mail_delivery_status.receipt_default"


class MailMail(models.Model):
    """What came back of a mail, and the wish for a read receipt."""

    _inherit = "mail.mail"

    report_ids = fields.One2many("mail.report", "mail_mail_id", "What came back", readonly=True)
    bounce_meaning = fields.Char("Why it came back", compute="_compute_bounce_meaning")
    is_receipt_requested = fields.Boolean(
        "Read Receipt asked for",
        help="The recipient's mail program is asked to tell when the mail is displayed. Many programs never answer, or"
        " ask the reader first: no receipt does not mean that the mail was not read.",
    )

    @api.depends("bounce_date", "bounce_code", "bounce_reason", "bounce_type")
    @api.depends_context("lang")
    def _compute_bounce_meaning(self):
        compute_bounce_meaning(self)

    @api.model
    def _is_receipt_default(self, message=None):
        """Whether people's mails ask for a read receipt where nobody chose: as their server says, else the settings.

        :param mail.message message: None: one that the user is going to write
        """
        wish = self.env["ir.mail_server"]._receipt_wish(message)
        if wish is not None:
            return wish
        return self.env["ir.config_parameter"].sudo().get_param(PARAMETER, "False") == "True"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Ask for the receipt in the emails to people outside; colleagues are not bothered."""
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        self._add_blind_copies(emails)
        if self.is_receipt_requested:
            for email in emails:
                partner = email.get("partner_id")
                # Receipts come back to where bounces do; ir.mail_server corrects it if that is elsewhere.
                address = email["headers"].get("Return-Path") or self.email_from
                if address and (not partner or partner.partner_share):
                    email["headers"] = {RECEIPT_HEADER: address, **email["headers"]}
        return emails
