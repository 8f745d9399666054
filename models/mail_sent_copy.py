from datetime import timedelta

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.tools import SQL

from ..const.copy import COPY_REASONS, COPY_STATES
from ..tools.imap.refusal import Reason
from ..tools.sent_copy import digest
from .mail_evidence import LooseMany2one
from .mail_mail_words import moment
from .mail_recipient import problem_meaning

# So old are the oldest copies that were made of which the daily clean-up looks for what is left.
VACUUM_DAYS = 30
# Copies that are looked at together for what was kept for them.
ENDED_BATCH = 200
# Seconds after which a mail has usually left: then its copy is made.
FIRST_LOOK = 10


class MailSentCopy(models.Model):
    """The copy of one email in the Sent folder of an IMAP account: to be made, made, or why not.

    A mail to three contacts is three emails, which differ (the address, the link to unsubscribe): each is a message of
    its own and has a copy. A mail that goes to the rest of its addresses later says the same, and has no second one.
    The row is there before the mail leaves, and so are the bytes (in the row of the attempt); when the copy is made or
    given up they go, unless mails are kept exactly as they were sent; the row stays.
    """

    _name = "mail.sent.copy"
    _description = "Copy in the Sent Folder"
    _inherit = ["mail.evidence"]
    _order = "id desc"
    _rec_name = "folder"

    transaction_id = LooseMany2one("mail.transaction", "Attempt", readonly=True)
    partner_id = LooseMany2one("res.partner", "Contact", readonly=True, help="Whom the email was made for.")
    mail_server_id = LooseMany2one("ir.mail_server", "Outgoing Mail Server", readonly=True)
    state = fields.Selection(COPY_STATES, readonly=True, required=True, default="waiting")
    digest = fields.Char("Fingerprint", readonly=True, help="The same for two messages that say the same.")
    folder = fields.Char(readonly=True)
    date = fields.Datetime("Made on", readonly=True)
    attempt_count = fields.Integer("Attempts", readonly=True, default=0)  # no NULL: it is ordered by
    retry_date = fields.Datetime("Next Try", readonly=True)
    reason = fields.Char("Reason Code", readonly=True)
    answer = fields.Text("Server's Words", readonly=True)
    words = fields.Char("What became of it", compute="_compute_words")

    # What the scheduled action looks for; of all the others the index holds nothing.
    _waiting = models.Index("(mail_server_id, id) WHERE state = 'waiting'")

    @api.depends("state", "reason", "answer", "folder", "date", "retry_date")
    @api.depends_context("lang", "tz")
    def _compute_words(self):
        for copy in self:
            copy.words = copy._in_words()

    def _in_words(self):
        """What became of this copy, as the end of a sentence that begins with “Copy in the Sent folder:”."""
        if self.state in ("made", "found"):
            values = {"date": moment(self, self.date), "folder": self.folder}
            if self.state == "made":
                return self.env._("made at %(date)s in the folder “%(folder)s”.", **values)
            return self.env._("found at %(date)s in the folder “%(folder)s”.", **values)
        why = self._reason_words()
        if self.state == "failed":
            return self.env._("not made. %s", why)
        if not why:
            return self.env._("it is made soon.")
        return self.env._(
            "not made yet. %(why)s Next try: %(next)s.",
            why=why,
            next=moment(self, self.retry_date) if self.retry_date else self.env._("soon"),
        )

    def _reason_words(self):
        """Why there is no copy, in words, "" if nothing is wrong; with what the server said behind."""
        if not self.reason:
            return ""
        said = self.answer or ""
        if self.reason == Reason.CONNECTION:
            said = problem_meaning(self.env, said) or ""
        words = " ".join(filter(None, [self.env._(COPY_REASONS[self.reason]), said])).rstrip(".")
        return f"{words}."

    # === WHAT IS TO BE COPIED === #

    @api.model
    def _keep(self, mail_server_id, deliveries):
        """Keep what is about to leave until it is known what became of it.

        :param list[Delivery] deliveries: opened, of one server
        """
        if not deliveries:
            return
        self._with_evidence_token().create(
            [
                {
                    **delivery.email.evidence,
                    "partner_id": delivery.email.partner_id or False,
                    "mail_server_id": mail_server_id,
                    "transaction_id": delivery.transaction_id,
                    "digest": digest(delivery.message),
                }
                for delivery in deliveries
            ]
        )
        self._wake(fields.Datetime.now() + timedelta(seconds=FIRST_LOOK))

    @api.model
    def _keep_unknown(self, mail_server, since):
        """Look for mails of a server that files them by itself and whose answer was lost; nothing of them is kept.

        :param datetime since: the oldest that are of interest
        """
        domain = [("mail_server_id", "=", mail_server.id), ("start_date", ">=", since)]
        lost = self.env["mail.transaction"].search([*domain, ("outcome", "in", ("unknown", "partial"))], order="id")
        known = self.search([("mail_mail_id", "in", list(lost._stored_ids("mail_mail_id").values()))])
        known_ids = set(known._stored_ids("transaction_id").values())
        lost = lost.filtered(lambda one: one.id not in known_ids and "unknown" in one._outcomes())
        self._with_evidence_token().create(
            [
                {
                    **one._evidence_values(),
                    "partner_id": one._stored_ids("partner_id")[one.id],
                    "mail_server_id": mail_server.id,
                    "transaction_id": one.id,
                }
                for one in lost
            ]
        )

    @api.model
    def _wake(self, at=None):
        """Run the scheduled action, once for all that asks for it.

        :param datetime at: UTC; as soon as possible if None
        """
        cron = self.env.ref("mail_delivery_status.ir_cron_mail_sent_copy", raise_if_not_found=False)
        if not cron:
            return
        at = at or fields.Datetime.now()
        triggers = self.env["ir.cron.trigger"].sudo()
        # One at about that time does as well: of a thousand mails one asks for it.
        near = timedelta(seconds=FIRST_LOOK / 2)
        soon = [("call_at", ">=", at - near), ("call_at", "<=", at + near)]
        if not triggers.search_count([("cron_id", "=", cron.id), *soon], limit=1):
            cron.sudo()._trigger(at)

    def _end(self, state, **values):
        """The copy is made, or given up; what was kept for it goes with that of others (:meth:`_drop_unneeded`)."""
        self._with_evidence_token().write({"state": state, "retry_date": False, **values})

    def _kept_for_this_alone(self):
        """The attempts whose messages are kept for these copies, and for nothing else.

        :rtype: mail.transaction
        """
        mail_ids = set(self._stored_ids("mail_mail_id").values()) - {None}
        kept = self.env["mail.mail"].sudo().browse(mail_ids).exists().filtered(lambda mail: mail._keeps_exact())
        gone = [("mail_mail_id", "in", list(mail_ids - set(kept.ids)))]
        return self.env["mail.transaction"].sudo().search(gone)

    @api.model
    def _drop_unneeded(self, since):
        """Drop what was kept for copies alone that are made or given up: many at a time. Commits.

        :param datetime since: UTC; those that ended before were looked at already
        """
        self.flush_model(["state"])
        after = 0
        try:
            while ids := self._ended_and_kept(since, after):
                self.browse(ids)._kept_for_this_alone()._drop_sent_messages()
                self.env["ir.cron"]._commit_progress(0)
                after = ids[-1]
        except TransactionRollbackError:  # another worker is at it
            self.env.cr.rollback()

    @api.model
    def _ended_and_kept(self, since, after):
        """The ids of the next copies that ended, and of whose mails something is still kept.

        :rtype: list[int]
        """
        query = SQL(
            """SELECT copy.id FROM mail_sent_copy copy
                WHERE copy.id > %s AND copy.state != 'waiting' AND copy.write_date >= %s
                  AND EXISTS (SELECT FROM mail_transaction t
                               WHERE t.mail_mail_id = copy.mail_mail_id AND t.sent_message IS NOT NULL)
                ORDER BY copy.id LIMIT %s""",
            after,
            since,
            ENDED_BATCH,
        )
        return [row_id for (row_id,) in self.env.execute_query(query)]

    @api.autovacuum
    def _gc_kept_for_copies(self):
        """What a run of the scheduled action has left that died after its copies were made."""
        self._drop_unneeded(fields.Datetime.now() - timedelta(days=VACUUM_DAYS))

    def unlink(self):
        self._check_evidence_token()
        kept = self._kept_for_this_alone()
        result = super().unlink()
        kept._drop_sent_messages()
        return result


def first_capital(words):
    """Words that were the end of a sentence, as one of their own."""
    return words[:1].upper() + words[1:]
