import logging

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..const import BOUNCE_TYPES, PHASES, PROBLEM_MEANINGS, RECIPIENT_KINDS, RECIPIENT_STATES, STATE_MEANINGS
from ..engine.log_session import transaction_log
from ..tools.address import address_key
from ..tools.problem import split
from ..tools.recipient_state import TO_SEND, Event, State, next_state, stored
from ..tools.smtp.transaction import Outcome
from ..tools.smtp.values import reply_values
from .mail_evidence import ADMINISTRATORS, LooseMany2one
from .mail_report_recipient import compute_bounce_meaning
from .notice import notice

_logger = logging.getLogger(__name__)

_EVENT_OF_OUTCOME = {
    Outcome.ACCEPTED: Event.ACCEPT,
    Outcome.DEFERRED: Event.DEFER,
    Outcome.REFUSED: Event.REFUSE,
    Outcome.UNKNOWN: Event.NO_REPLY,
    Outcome.QUEUED: None,
}
MAIL_DELETED = "the mail was deleted"
# Rows that one run of the daily cleaning looks at.
REPAIR_BATCH = 1000


class MailRecipient(models.Model):
    """One address of one mail: what is known of the mail's way to it."""

    _name = "mail.recipient"
    _description = "Mail Recipient"
    _inherit = ["mail.evidence"]
    _order = "mail_mail_id.id desc, id"  # without the ".id" it would be joined, for its own order
    _rec_name = "email"

    mail_mail_id = LooseMany2one(index=False)  # see _one_per_address
    email = fields.Char(readonly=True, required=True, index=True)
    kind = fields.Selection(RECIPIENT_KINDS, readonly=True, default="to")
    partner_id = LooseMany2one("res.partner", "Contact", readonly=True, index=True)
    state = fields.Selection(RECIPIENT_STATES, "Status", readonly=True, required=True, default="queued", index=True)
    state_date = fields.Datetime("Since", readonly=True, default=fields.Datetime.now)
    state_meaning = fields.Char("What it means", compute="_compute_state_meaning")
    explanation = fields.Char(
        "Problem", compute="_compute_explanation", help="In words, what went wrong where the server gave no reply."
    )
    transaction_id = LooseMany2one("mail.transaction", "Last Attempt", readonly=True)
    envelope_id = fields.Char("Envelope ID", readonly=True, groups=ADMINISTRATORS)
    smtp_server_name = fields.Char("Server", readonly=True)
    smtp_code = fields.Integer(
        "Code", readonly=True, help="Reply code of the mail server: 2xx yes, 4xx not now, 5xx no."
    )
    smtp_enhanced_code = fields.Char("Enhanced Code", readonly=True, help="Class, subject and detail (RFC 3463).")
    smtp_reply = fields.Text("Server's Words", readonly=True)
    answer = fields.Text(
        "Server's Words or Problem",
        compute="_compute_answer",
        help="The mail server's own words; where it gave none, what went wrong.",
    )
    smtp_receipt = fields.Char(
        "Receipt",
        readonly=True,
        help="The id that the mail server gave the mail when it took it: the proof that it was handed over.",
    )
    phase = fields.Selection(PHASES, "Decided At", readonly=True)
    problem = fields.Char("Problem Code", readonly=True, help="What went wrong where the server gave no reply.")
    accepted_date = fields.Datetime("Accepted", readonly=True)
    bounce_date = fields.Datetime("Bounced", readonly=True)
    bounce_type = fields.Selection(BOUNCE_TYPES, readonly=True)
    bounce_code = fields.Char(readonly=True)
    bounce_reason = fields.Text(readonly=True)
    read_date = fields.Datetime("Read On", readonly=True)
    bounce_meaning = fields.Char("Why it came back", compute="_compute_bounce_meaning")
    is_imported = fields.Boolean("Sent by another program", readonly=True)
    report_line_ids = fields.One2many("mail.report.recipient", "recipient_id", "What came back", readonly=True)

    _one_per_address = models.UniqueIndex("(mail_mail_id, lower(email), COALESCE(partner_id, 0))")

    @api.depends("state", "problem")
    @api.depends_context("lang")
    def _compute_state_meaning(self):
        for recipient in self:
            why = recipient.state == "canceled" and PROBLEM_MEANINGS.get(recipient.problem)
            recipient.state_meaning = self.env._(why or STATE_MEANINGS[recipient.state])

    @api.depends("problem")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for recipient in self:
            recipient.explanation = problem_meaning(self.env, recipient.problem)

    @api.depends("smtp_reply", "explanation", "state")
    def _compute_answer(self):
        for recipient in self:
            reply, explanation = recipient.smtp_reply, recipient.explanation
            if recipient.state == "canceled":
                recipient.answer = explanation or reply
            else:  # of a refused login only the code is kept
                recipient.answer = " ".join(filter(None, (reply, explanation))) or False

    @api.depends("bounce_date", "bounce_code", "bounce_reason", "bounce_type")
    @api.depends_context("lang")
    def _compute_bounce_meaning(self):
        compute_bounce_meaning(self)

    def _apply_event(self, event, evidence=None):
        """Move recipients to their next state and record why. The only method that changes a recipient.

        :param Event event: what happened
        :param dict evidence: the fields that show it (codes, reply, receipt, dates, transaction)
        :return: the recipients that the event changed
        :rtype: mail.recipient
        """
        changed = self.browse()
        for recipient in self:
            values = self._event_values(State(recipient.state), event, evidence)
            if values is None:
                _logger.info("Recipient %s is %s: %s changes nothing", recipient.id, recipient.state, event.value)
                continue
            super(MailRecipient, recipient._with_evidence_token()).write(values)
            changed += recipient
        return changed

    def _event_values(self, state, event, evidence):
        """The fields of a recipient after an event, None for no event; None if it means nothing in this state."""
        target = next_state(state, event) if event else state
        return target and {"state": target.value, "state_date": fields.Datetime.now(), **(evidence or {})}

    @api.model
    def _record_results(self, results, mails):
        """Record what became of emails, for each address of each mail; a new address gets its row.

        :param list[DeliveryResult] results: of any mails
        :param mail.mail mails: those of the results that (still) exist; of a mail that was deleted while it was being
            sent the answer is recorded all the same
        :raise ConcurrencyError: if another process was the first to record an address; all is to be done again
        """
        if not results:
            return
        gone = {result.email.mail_id for result in results} - set(mails.ids)
        left = self.search([("mail_mail_id", "in", list(gone))]) if gone else self.browse()
        rows = {**mails.recipient_status_ids._by_address(), **left._by_address()}
        by_id = {mail.id: mail for mail in mails}
        created = {}
        for result in results:
            email = result.email
            mail = by_id.get(email.mail_id)
            kinds = {address_key(address): kind for address, kind in email.kinds.items()}
            for one in result.recipients:
                event, evidence = _EVENT_OF_OUTCOME[one.outcome], self._result_evidence(one, result)
                address = address_key(one.address)
                key = (email.mail_id, email.partner_id or None, address)
                if key in rows:
                    if event:
                        rows[key]._apply_event(event, evidence)
                elif mail or email.evidence:
                    created[key] = {
                        **(email.evidence or mail._evidence_values()),
                        "partner_id": email.partner_id,
                        "email": address,
                        "kind": kinds.get(address, "bcc" if kinds else "to"),
                        **self._event_values(State.QUEUED, event, evidence),
                    }
        try:
            self._with_evidence_token().create(list(created.values()))
        except UniqueViolation as error:  # this database transaction cannot see what the other one has written
            raise ConcurrencyError("another process has just recorded what became of a mail") from error
        if gone:
            self.search([("mail_mail_id", "in", list(gone))])._cancel_waiting(MAIL_DELETED)
        mails.modified(["recipient_status_ids"])

    def _by_address(self):
        """These rows as ``{(mail id, partner id or None, address): row}``, whatever of them is gone."""
        mails, partners = self._stored_ids("mail_mail_id"), self._stored_ids("partner_id")
        return {(mails[row.id], partners[row.id], address_key(row.email)): row for row in self}

    def _cancel_waiting(self, problem=False):
        """Nothing more will be sent to those of these addresses that still wait.

        :param str problem: why, as in ``const.PROBLEM_MEANINGS``
        """
        waiting = self.filtered(lambda row: row.state in TO_SEND)
        waiting._apply_event(Event.CANCEL, {"problem": problem} if problem else {})

    @api.autovacuum
    def _gc_open_without_mail(self):
        """Close what waits for a mail that is not there any more, whatever way it went (SQL, a cascade).

        What a server answered meanwhile is recorded first, from the transaction log.

        :return: (how many were closed, whether there are more), as the cleaning asks for
        """
        waiting = [("state", "in", stored(TO_SEND)), ("mail_mail_id", "=", False)]
        rows = self.sudo().search(waiting, limit=REPAIR_BATCH, order="id")
        if not rows:
            return 0, 0
        mail_ids = [mail_id for mail_id in set(rows._stored_ids("mail_mail_id").values()) if mail_id]
        with transaction_log(self.sudo().env) as log:
            log.end_abandoned(mail_ids)
            results = log.unrecorded(mail_ids)
        self.sudo()._record_results(results, self.env["mail.mail"])
        being_sent = self.env["mail.mail"].browse(mail_ids)._being_sent()
        mails = rows._stored_ids("mail_mail_id")
        rows = rows.filtered(lambda row: mails[row.id] not in being_sent._ids)
        rows._cancel_waiting(MAIL_DELETED)
        return len(rows), len(rows) == REPAIR_BATCH

    def _record_unmade(self, rows):
        """Record that a mail was asked for and could not be made, so that there is no mail.

        :param list[dict] rows: columns that tell of what document, for whom and why not
        """
        common = {"state": "refused", "state_date": fields.Datetime.now(), "kind": "to", "phase": "local"}
        # Each takes the id that its mail would have had, and with it its place in the lists.
        ids = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{self.env['mail.mail']._table}_id_seq", len(rows))
        )
        values = [{**common, **row, "mail_mail_id": mail_id} for row, (mail_id,) in zip(rows, ids, strict=True)]
        self._with_evidence_token().create(values)

    @staticmethod
    def _result_evidence(one, result):
        """The fields that show what became of one address.

        :param RecipientResult one: of this delivery result
        """
        is_accepted = one.outcome is Outcome.ACCEPTED
        return {
            **result.facts(),
            "smtp_receipt": (is_accepted and result.receipt) or False,
            **reply_values(one.reply, "smtp_"),
            "phase": one.phase and one.phase.value,
            "problem": one.problem or None,
            "accepted_date": fields.Datetime.now() if is_accepted else False,
        }

    def action_settle(self):
        """A person knows that the mail arrived, though the server's answer was lost."""
        self._check_settle_access()
        if notice := self._notice_of_gone_mails():
            return notice
        recipients = self.sudo()._apply_event(Event.SETTLE, {"accepted_date": fields.Datetime.now()})
        recipients.mail_mail_id.exists()._update_settled()
        recipients._log_decision("settled")
        return None

    def action_send_again(self):
        """A person wants the mail sent to these addresses again, though they may have got it."""
        self._check_settle_access()
        if notice := self._notice_of_gone_mails():
            return notice
        self.sudo().mail_mail_id.exists()._check_text_is_kept()
        recipients = self.sudo()._apply_event(Event.SEND_AGAIN)
        recipients.mail_mail_id.exists().write({"state": "outgoing"})
        recipients._log_decision("repeated")
        return None

    def _check_settle_access(self):
        """Who may read the document of a mail and write it may decide what becomes of the mail."""
        self.check_access("read")
        for recipient in self.sudo():
            if recipient.model in self.env and recipient.res_id:
                self.env[recipient.model].browse(recipient.res_id).check_access("write")

    def _notice_of_gone_mails(self):
        """What to tell a person who wants something of a mail that is gone: nothing can be sent, nothing is changed.

        :return: an action for the web client; None if all mails are there
        """
        gone = self.sudo().filtered(lambda row: not row.mail_mail_id)
        if not gone:
            return None
        text = self.env._(
            "The mail to %s was deleted, or never made. What is recorded of it stays as it is.",
            ", ".join(filter(None, gone.mapped("email"))),
        )
        return notice(text, "warning", sticky=True)


def problem_meaning(env, problem):
    """What went wrong where no server answered, for people, with the technical detail behind; in English if unknown."""
    words, detail = (problem, "") if not problem or problem in PROBLEM_MEANINGS else split(problem)
    meaning = PROBLEM_MEANINGS.get(words)
    if not meaning:
        return problem
    return f"{env._(meaning)} ({detail})" if detail else env._(meaning)
