from odoo import api, fields, models

from ..const import BOUNCE_TYPES, REPORT_LINE_STATES, REPORT_RESULTS
from ..const.causes import CAUSE_WORDS
from ..tools.explanation import Facts, explain
from ..tools.recipient_state import Event
from .mail_evidence import ADMINISTRATORS, LooseMany2one

_EVENT_OF_RESULT = {
    "failed": Event.REPORT_FAILED,
    "delayed": Event.REPORT_DELAYED,
    "relayed": Event.REPORT_RELAYED,
    # Passed on to the members of an alias: of them nothing more will be heard under this address.
    "expanded": Event.REPORT_RELAYED,
    "delivered": Event.REPORT_DELIVERED,
    "read": Event.REPORT_READ,
}


def bounce_meaning(env, code, reason, bounce_type, delayed=False):
    """Say in words why a mail came back, or is delayed on its way.

    :param str code: enhanced status code, such as 5.1.1
    :param str reason: the words of the server that did not take it
    :param str bounce_type: hard or soft
    """
    facts = Facts.of_return(code or "", reason or "", bounce_type and bounce_type == "hard", delayed=delayed)
    found = explain(facts)
    return found and env._(CAUSE_WORDS[found.cause.value].meaning)


def compute_bounce_meaning(records):
    """Fill in ``bounce_meaning`` of records that have ``bounce_date``, ``_code``, ``_reason`` and ``_type``."""
    for record in records:
        words = record.bounce_date and bounce_meaning(
            record.env, record.bounce_code, record.bounce_reason, record.bounce_type
        )
        record.bounce_meaning = words


class MailReportRecipient(models.Model):
    """What one report says of one address."""

    _name = "mail.report.recipient"
    _description = "Recipient of a Returned Mail"
    _inherit = ["mail.evidence"]
    _order = "report_id desc, id"
    _rec_name = "email"

    report_id = fields.Many2one("mail.report", "Return", readonly=True, required=True, index=True, ondelete="cascade")
    report_date = fields.Datetime(related="report_id.date")
    report_kind = fields.Selection(related="report_id.kind")
    source_id = fields.Many2one(related="report_id.source_id", groups=ADMINISTRATORS)
    recipient_id = LooseMany2one("mail.recipient", "Recipient", readonly=True, index="btree_not_null")
    transaction_id = LooseMany2one("mail.transaction", "Attempt", readonly=True)
    email = fields.Char("Address", readonly=True, help="Where the mail was bound for in the end (Final-Recipient).")
    original_email = fields.Char(
        "Original Address", readonly=True, help="The address as it was given when the mail was sent."
    )
    result = fields.Selection(REPORT_RESULTS, readonly=True)
    state = fields.Selection(REPORT_LINE_STATES, "Recorded", readonly=True, required=True, default="pending")
    status_code = fields.Char("Enhanced Code", readonly=True, help="Class, subject and detail (RFC 3463).")
    reply_code = fields.Integer(readonly=True, help="Reply code of the last server, such as 550.")
    bounce_type = fields.Selection(BOUNCE_TYPES, readonly=True)
    diagnostic = fields.Text("Server's Words", readonly=True)
    remote_mta = fields.Char("Server", readonly=True, help="The mail server that said so.")
    retry_until = fields.Datetime(
        "Is tried until",
        readonly=True,
        help="So long the mail server goes on trying; then the mail comes back.",
    )
    meaning = fields.Char("What it means", compute="_compute_meaning")

    @api.depends("result", "status_code", "diagnostic", "bounce_type")
    @api.depends_context("lang")
    def _compute_meaning(self):
        for line in self:
            line.meaning = line.result in ("failed", "delayed") and bounce_meaning(
                self.env, line.status_code, line.diagnostic, line.bounce_type, delayed=line.result == "delayed"
            )

    def _apply(self):
        """Tell the recipients what the report says of them.

        :return: the lines that changed something
        """
        changed = self.browse()
        for line in self._with_evidence_token():
            event = _EVENT_OF_RESULT.get(line.result)
            recipient = line.recipient_id.sudo()
            # A late word about an attempt that another one has followed says nothing of that.
            last = recipient._stored_ids("transaction_id").get(recipient.id) or 0
            is_late = (line._stored_ids("transaction_id")[line.id] or 0) < last and line.result in ("failed", "delayed")
            moved = bool(event and not is_late and recipient._apply_event(event, line._evidence()))
            line.state = "applied" if moved else "known"
            if moved:
                changed += line
        return changed

    def action_download_source(self):
        """The report as it came, as a file."""
        return self.report_id.action_download_source()

    def _evidence(self):
        """The fields of the recipient that show what happened."""
        date = self.report_id.date
        # What came back long ago is no news: a later mail that went well counts more.
        since = {"state_date": date} if self.report_id.origin == "import" else {}
        if self.result == "failed":
            return {
                **since,
                "bounce_date": date,
                "bounce_type": self.bounce_type or "soft",
                "bounce_code": self.status_code,
                "bounce_reason": self.diagnostic or self.report_id.reason,
            }
        return {**since, "read_date": date} if self.result == "read" else since
