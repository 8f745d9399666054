from odoo import fields, models

from ..const import OUTCOMES, PHASES
from .mail_evidence import ADMINISTRATORS, LooseMany2one


class MailTransaction(models.Model):
    """One attempt to hand one envelope to a mail server: a mail transaction (RFC 5321 §3.3).

    Its row is committed by a cursor of its own before the data leaves, closed once by the same cursor, and never
    changed after. So it stays true when the caller's database transaction is rolled back after the mail has left.
    """

    _name = "mail.transaction"
    _description = "Mail Transaction"
    _inherit = ["mail.evidence"]
    _order = "id desc"
    _rec_name = "smtp_server_name"

    envelope_id = fields.Char(
        "Envelope ID",
        readonly=True,
        index=True,
        groups=ADMINISTRATORS,
        help="Sent to the server (ENVID) and in a header of the mail, so that a report that comes back can name it.",
    )
    envelope_key = fields.Char(readonly=True, help="The same for two attempts with the same recipients.")
    sender = fields.Char(
        "Envelope Sender", readonly=True, groups=ADMINISTRATORS, help="Where reports come back to (MAIL FROM)."
    )
    partner_id = LooseMany2one("res.partner", "Contact", readonly=True, help="Whom the email was made for.")
    recipients = fields.Text(readonly=True)
    recipient_replies = fields.Json(
        "Replies", readonly=True, help="Per recipient: email, outcome, phase, code, enhanced_code, reply, problem."
    )
    mail_server_id = LooseMany2one("ir.mail_server", "Outgoing Mail Server", readonly=True)
    smtp_server_name = fields.Char("Server", readonly=True, help="Host and port of the mail server that answered.")
    tls_version = fields.Char(
        "Encryption", readonly=True, help="The TLS version of the connection; empty: not encrypted."
    )
    tls_cipher = fields.Char("Cipher", readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    start_date = fields.Datetime("Started", readonly=True)
    data_date = fields.Datetime("Data sent from", readonly=True, help="When the mail's content began to leave.")
    end_date = fields.Datetime("Ended", readonly=True)
    duration = fields.Float("Duration (s)", readonly=True, digits=(10, 3))
    outcome = fields.Selection(OUTCOMES, readonly=True)
    phase = fields.Selection(PHASES, readonly=True)
    smtp_code = fields.Integer("Reply Code", readonly=True)
    smtp_enhanced_code = fields.Char("Enhanced Status Code", readonly=True)
    smtp_reply = fields.Text("Server's Words", readonly=True, help="The server's own words.")
    smtp_receipt = fields.Char("Receipt", readonly=True, index=True, help="The id that the server gave the mail.")
    problem = fields.Char(readonly=True, help="What went wrong where the server gave no reply.")
    transcript = fields.Text(
        "Dialogue",
        readonly=True,
        groups=ADMINISTRATORS,
        help="What was said, without passwords and without the mail.",
    )
    worker = fields.Integer(readonly=True, help="The advisory lock that the sending process holds as its sign of life.")

    # Rate limits count the latest transactions of a server.
    _by_server = models.Index("(mail_server_id, start_date)")
    _one_open = models.UniqueIndex("(mail_mail_id, envelope_key) WHERE outcome = 'open'")

    def _outcomes(self):
        """What this attempt came to, for each address; "open" if it has not ended, nothing if nothing was sent.

        :rtype: list[str]
        """
        if self.outcome == "open":
            return ["open"]
        return [reply["outcome"] for reply in self.recipient_replies or ()]

    def _leaving_date(self):
        """When the content began to leave; when the attempt began, if that is not known."""
        return self.data_date or self.start_date
