import contextlib
import logging
import random
from datetime import timedelta
from imaplib import IMAP4

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.bounded_imap import COPYING
from ..tools.imap.refusal import Reason, Refusal
from ..tools.imap.sent import SentMailbox
from ..tools.recipient_state import WENT_WELL, Event, State, stored
from ..tools.retry import retry_delay
from ..tools.sent_copy import Step, next_step
from ..tools.smtp.secret import Secrets
from .secret_fields import secret_values

_logger = logging.getLogger(__name__)

# After so many days a copy is given up: as long as a mail server tries to deliver a mail (RFC 5321 §4.5.4.1).
GIVE_UP_DAYS = 5
# Copies that are looked at between two searches, and ended together.
BATCH = 100
FOUND = "found in the Sent folder"


class MailSentCopy(models.Model):
    """Makes the copies: in the background, one after the other, each committed by itself.

    The row of a copy is locked while it is made, so two workers never make the same one. Before a mail is appended it
    is looked for: what a worker appended that died before it could say so, or the mail server itself, is found.
    """

    _inherit = "mail.sent.copy"

    @api.model
    def _cron_make(self):
        """Make the copies that are due, of all servers; a mailbox that cannot be used does not stop the others."""
        self._give_up()
        for server in self.env["ir.mail_server"].sudo()._with_sent_copy():
            if not self._make_all(server):
                break
        self._drop_unneeded(fields.Datetime.now() - timedelta(days=1))
        self._wake_for_next()

    @api.model
    def _make_all(self, server):
        """Make the copies of one server that are due.

        :return: whether there is time for more
        """
        if server._files_sent_by_itself():
            self._keep_unknown(server, fields.Datetime.now() - timedelta(days=GIVE_UP_DAYS))
        if self._is_account_at_rest(server):
            return True
        with contextlib.closing(Visit(server)) as visit:
            while copies := self._due(server, visit.seen):
                for copy in copies:
                    visit.seen.append(copy.id)
                    goes_on = copy._make_or_note(visit)
                    if not self.env["ir.cron"]._commit_progress(1):
                        return False
                    self.env.invalidate_all()  # what other workers have done meanwhile is seen from here on
                    if not goes_on:
                        return True
        return True

    def _make_or_note(self, visit):
        """Make this copy if it is time for it; what goes wrong is noted with it.

        :param Visit visit: of the server's mailbox
        :return: whether the next one may be tried
        """
        try:
            # Another worker may have had it since it was found.
            if not self.try_lock_for_update(allow_referencing=True) or self.state != "waiting":
                return True
            self._make(visit)
            return True
        except TransactionRollbackError:  # another worker was faster
            self.env.cr.rollback()
            return True
        except Exception as error:
            self.env.cr.rollback()  # nothing half done; what was committed before stays
            Secrets(*secret_values(visit.account)).scrub_error(error)
            if not isinstance(error, (IMAP4.error, OSError, UserError, Refusal)):
                _logger.exception("Copy %s in the Sent folder", self.id)
            reason, answer = visit.account._failure(error)
            self._note(reason, answer)
            return not reason.is_of_account

    def _make(self, visit):
        """Do what is to be done about this copy."""
        transactions = self._transactions()
        outcomes = {one.id: one._outcomes() for one in transactions}
        step = next_step(outcome for found in outcomes.values() for outcome in found)
        wanted = {Step.COPY: "accepted", Step.LOOK: "unknown"}.get(step)
        transaction = transactions.filtered(lambda one: wanted in outcomes[one.id])[:1]
        if step is Step.LOOK and self._is_known_to_have_gone_well(transaction):
            step = Step.COPY
        if step is Step.DROP or (step is Step.COPY and self._is_not_needed(visit.server)):
            self._with_evidence_token().unlink()
        elif step is Step.COPY:
            self._copy_to(visit.mailbox(), transaction)
        elif step is Step.LOOK:
            self._look_in(visit.mailbox(), transaction)

    def _copy_to(self, mailbox, transaction):
        """Append what was sent, unless it is there."""
        if self._is_in(mailbox, transaction):
            self._end("found", **_where(mailbox))
            return
        mailbox.append(self._message(transaction), transaction._leaving_date())
        self._end("made", **_where(mailbox))

    def _look_in(self, mailbox, transaction):
        """Nobody knows whether the mail left. If it is in the folder, its server has put it there, so it has it."""
        if not self._is_in(mailbox, transaction):
            raise Refusal(Reason.NOT_FOUND)
        self._end("found", **_where(mailbox))
        recipients = self._recipients([State.UNKNOWN])
        tried = recipients._stored_ids("transaction_id")
        recipients = recipients.filtered(lambda row: tried[row.id] == transaction.id)
        evidence = {"accepted_date": transaction._leaving_date(), "problem": FOUND}
        recipients._apply_event(Event.SETTLE, evidence).mail_mail_id.exists()._update_settled()

    def _is_in(self, mailbox, transaction):
        return mailbox.holds(self.message_id or "", transaction.envelope_id, transaction._leaving_date())

    def _message(self, transaction):
        """What left in this transaction, byte by byte.

        :raise Refusal: it is not kept any more
        """
        try:
            message = transaction._sent_message()
        except UserError:  # a file could not be kept
            message = None
        if message is None:
            raise Refusal(Reason.LOST)
        return message

    # === WHAT IS KNOWN === #

    def _transactions(self):
        """The transactions of this email in the order in which they were begun: nearly always one.

        :rtype: mail.transaction
        """
        first = self._stored_ids("transaction_id")[self.id]
        starts = self._of_same_email("mail.sent.copy")._stored_ids("transaction_id").values()
        later = min((start for start in starts if start > first), default=None)
        found = self._of_same_email("mail.transaction", ("id", ">=", first))
        return found.filtered(lambda one: later is None or one.id < later)

    def _of_same_email(self, model, *domain):
        """The rows of a model that are about the same email, in the order in which they were made."""
        mail_id, partner_id = (self._stored_ids(name)[self.id] for name in ("mail_mail_id", "partner_id"))
        same = [("mail_mail_id", "=", mail_id), ("partner_id", "=", partner_id or False), *domain]
        found = self.env[model].search(same, order="id")
        partners = found._stored_ids("partner_id")  # of a contact that is gone the search takes it for none
        return found.filtered(lambda one: partners[one.id] == partner_id)

    def _recipients(self, states):
        """The addresses of this copy's mail in one of these states.

        :rtype: mail.recipient
        """
        mail_id = self._stored_ids("mail_mail_id")[self.id]
        return self.env["mail.recipient"].search([("mail_mail_id", "=", mail_id), ("state", "in", stored(states))])

    def _is_known_to_have_gone_well(self, transaction):
        """Whether a person, or something that came back, has said meanwhile that this attempt went well."""
        rows = self._recipients(WENT_WELL)
        return transaction.id in rows._stored_ids("transaction_id").values()

    def _is_not_needed(self, server):
        """Whether the folder has this message already, or gets it in another way."""
        if not self.digest or server._files_sent_by_itself():
            return True
        there = [("digest", "=", self.digest), ("state", "in", ("made", "found")), ("mail_server_id", "=", server.id)]
        return bool(self._of_same_email(self._name, *there))

    # === WHEN === #

    def _due(self, server, seen):
        """The next copies of a server whose time has come: first those that were never tried, then the oldest.

        So a big mail that does not fit into the mailbox does not keep small ones out.

        :param list[int] seen: ids of those that this run has looked at, and perhaps left where they are
        """
        is_due = Domain("retry_date", "=", False) | Domain("retry_date", "<=", fields.Datetime.now())
        domain = Domain("state", "=", "waiting") & Domain("mail_server_id", "=", server.id) & is_due
        return self.search(domain & Domain("id", "not in", seen), order="attempt_count, id", limit=BATCH)

    def _of_troubled_account(self, server_id, *domain):
        """The copies of a server that tell of trouble with its mailbox as such."""
        reasons = [reason.value for reason in Reason if reason.is_of_account]
        of_server = [("state", "=", "waiting"), ("mail_server_id", "=", server_id), ("reason", "in", reasons)]
        return self.search([*of_server, *domain], order="attempt_count desc", limit=1)

    def _is_account_at_rest(self, server):
        """Whether the mailbox could not be used a while ago: it is left alone till then, so nothing waits for it."""
        return bool(self._of_troubled_account(server.id, ("retry_date", ">", fields.Datetime.now())))

    def _note(self, reason, answer):
        """Note why this copy could not be made, and when it is tried again: later each time."""
        count = self.attempt_count
        if reason.is_of_account:  # whichever copy it is that meets it
            server_id = self._stored_ids("mail_server_id")[self.id]
            count = max(count, self._of_troubled_account(server_id).attempt_count)
        values = {"reason": reason.value, "answer": answer or False, "attempt_count": count + 1}
        if reason.is_final:
            self._end("failed", **values)
            return
        seconds = retry_delay(count + 1, None, random.random())
        retry_date = fields.Datetime.now() + timedelta(seconds=seconds)
        self._with_evidence_token().write({**values, "retry_date": retry_date})

    @api.model
    def _give_up(self):
        """End what has waited too long, and what nobody wants a copy of any more."""
        servers = self.env["ir.mail_server"].sudo()._with_sent_copy()
        waiting = Domain("state", "=", "waiting")
        while unwanted := self.search(waiting & Domain("mail_server_id", "not in", servers.ids), limit=BATCH):
            unwanted._end("failed", reason=Reason.OFF.value, answer=False)
            self.env["ir.cron"]._commit_progress(len(unwanted))
        age = fields.Datetime.now() - timedelta(days=GIVE_UP_DAYS)
        while old := self.search(waiting & Domain("create_date", "<", age), limit=BATCH):
            for copy in old:
                trouble = copy._trouble_of_account()
                copy._end("failed", reason=trouble.reason or Reason.REFUSED.value, answer=trouble.answer)
            self.env["ir.cron"]._commit_progress(len(old))

    def _trouble_of_account(self):
        """The copy that tells why this one has not been made: itself, or the one that tried the mailbox last."""
        if self.reason:
            return self
        server_id = self._stored_ids("mail_server_id")[self.id]
        return self.search([("mail_server_id", "=", server_id), ("reason", "!=", False)], limit=1) or self

    @api.model
    def _wake_for_next(self):
        """Run again when the next copy of each server is due."""
        now = fields.Datetime.now()
        for server in self.env["ir.mail_server"].sudo()._with_sent_copy():
            waiting = [("state", "=", "waiting"), ("mail_server_id", "=", server.id)]
            later = ("retry_date", ">", now)
            if resting := self._of_troubled_account(server.id, later):
                self._wake(resting.retry_date)
                continue
            if self.search_count([*waiting, ("retry_date", "=", False)], limit=1):  # still on its way
                self._wake(now + timedelta(minutes=1))
            if next_one := self.search([*waiting, later], order="retry_date, id", limit=1):
                self._wake(next_one.retry_date)


class Visit:
    """One visit of the mailbox that a server's copies go to; connected when the first copy needs it."""

    def __init__(self, server):
        self.server = server
        self.account = server.sent_copy_mailbox_id
        self.seen = []
        self._connection = self._mailbox = None

    def mailbox(self):
        """:rtype: SentMailbox"""
        if self._mailbox is None:
            self._connection = self.account._connect__()
            self._connection.bounds = COPYING
            self._mailbox = SentMailbox(self._connection, (self.server.sent_copy_folder or "").strip())
        return self._mailbox

    def close(self):
        if self._connection:
            with contextlib.suppress(OSError, IMAP4.error):
                self._connection.logout()
            self._connection = None


def _where(mailbox):
    return {"folder": mailbox.folder, "date": fields.Datetime.now(), "reason": False, "answer": False}
