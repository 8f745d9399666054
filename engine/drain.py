"""Empties the buffer: claims, hands to the sender threads, records. The one place that commits as it goes."""

import contextlib
import logging
import time
from queue import Empty

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo.exceptions import ConcurrencyError

from ..tools.context_key import NEWS
from .claim_count import ClaimCount
from .delivery import DeliveryResults
from .in_flight import InFlight
from .log_session import ConnectionTransactionLog, new_worker
from .news import News
from .pool import ConnectionPools
from .sent_message import keep_messages
from .transaction_log import open_transactions

_logger = logging.getLogger(__name__)

# Somebody else was faster: again, with what they wrote.
CONFLICTS = (TransactionRollbackError, ConcurrencyError)
# Mails that are claimed, built and recorded together; the first ones are fewer, so that the servers get work at once.
BATCH = 200
FIRST_BATCH = 20
# Emails that may wait for a connection, and their bytes: more would only fill the memory.
MOST_IN_FLIGHT = 2 * BATCH
MOST_BYTES = 48 * 1024 * 1024
# Seconds after which results are recorded though they are few: they are safe in the log, people wait to see them.
RECORD_AFTER = 0.5
# Seconds without a result after which another connection is worth its while.
PATIENCE = 0.005


class Drain:
    """One emptying of the buffer: the connections to the servers, what is in flight, and the clock."""

    def __init__(self, env):
        self._news = News()
        self.env = env = env(context={**env.context, **NEWS.put(self._news)})
        self._in_flight = InFlight()
        self._complete = []  # what has come back of mails that can be recorded
        self._recorded_at = time.monotonic()
        self._errors = {}  # mail id -> exceptions of its emails that could not be made
        self._opened = []  # ids of the transactions opened for the mails that are being dispatched
        self._claims = ClaimCount()
        self._batch = FIRST_BATCH
        self._worker = new_worker()
        self._log = ConnectionTransactionLog(env.cr.dbname, self._worker)
        self._log.sign_on()
        self._log.end_abandoned()
        self._pools = ConnectionPools(env, self._worker)
        self._seconds_left = float("inf")

    def run(self):
        while self._has_time():
            mails = self._claim()
            if mails:
                self._dispatch_or_fail(mails)
            elif not self._in_flight.emails:
                break
            self._collect(until=MOST_IN_FLIGHT - BATCH if mails else 0, size=MOST_BYTES // 2)
        self._collect(until=0)
        self._tell_news()
        self._commit(0, remaining=self.env["mail.mail"]._count_due() if self._seconds_left <= 0 else 0)

    def close(self):
        """Wait for what is on its way and give up the sign of life."""
        self._pools.close()
        with contextlib.suppress(psycopg2.Error):  # a lost session has given it up already
            self._log.sign_off()
        self._log.close()

    @property
    def _sender(self):
        return self.env["mail.sender"]

    def _has_time(self):
        """Begin a database transaction of its own for the next claim, and tell whether there is time for it.

        A run that has none from its beginning sends nothing: by this the scheduled action knows to come back later.
        """
        self._commit(0)
        return self._seconds_left > 0

    def _claim(self):
        """Lock the next mails that are due, retry where another worker was faster."""
        size, self._batch = self._batch, min(2 * self._batch, BATCH)
        for _ in range(5):
            try:
                # What does not fit into the memory stays where it is.
                return self.env["mail.mail"]._claim(size)._first_that_fit(MOST_BYTES - self._in_flight.size)
            except TransactionRollbackError:
                self.env.cr.rollback()
        return self.env["mail.mail"]

    def _dispatch_or_fail(self, mails):
        """Dispatch; if that fails for a reason that no mail is known to have, find the mail that has it.

        One mail must not keep all that wait behind it from being sent, in this run and in every later one. Where every
        mail fails it is not the mails' fault: they stay in the buffer, and the scheduled action says why.
        """
        error = self._dispatch_or_undo(mails)
        if isinstance(error, MemoryError):
            self._collect(until=0)  # what is in flight gives its memory back
        elif error is None or isinstance(error, CONFLICTS):
            return  # they are claimed again
        errors = {mail: self._dispatch_or_undo(mail) for mail in mails}
        guilty = {mail: cause for mail, cause in errors.items() if cause is not None}
        if len(guilty) == len(mails) > 1 and not any(isinstance(cause, MemoryError) for cause in guilty.values()):
            raise error
        for mail, cause in guilty.items():
            if isinstance(cause, MemoryError):
                mail._retry_later(self.env._("This mail needs more memory than Odoo may use (limit_memory_hard)."))
            else:
                self._sender._record(mail, DeliveryResults(errors={mail.id: [cause]}))
        self._commit(0)

    def _dispatch_or_undo(self, mails):
        """Dispatch; if that fails, undo what was opened.

        :return: the exception, None if all went well
        :raise: what is certainly no mail's fault: the database's or the module's own trouble
        """
        try:
            self._dispatch(mails)
            return None
        except (psycopg2.InterfaceError, psycopg2.ProgrammingError):
            raise
        except Exception as error:
            if isinstance(error, psycopg2.OperationalError) and not isinstance(error, TransactionRollbackError):
                raise
            if isinstance(error, CONFLICTS):
                _logger.info("Another worker was faster with something that %s need: again", mails)
            else:
                _logger.exception("%s could not be prepared", mails)
            self.env.cr.rollback()
            self._log.settle(ended=[{"id": row_id, "outcome": "aborted"} for row_id in self._opened])
            return error

    def _dispatch(self, mails):
        """Make the emails of claimed mails, open their transactions, and hand them to the connections."""
        self._opened = []
        results = DeliveryResults()
        self._sender._recover(mails, self._log)
        finished = mails.browse()  # nothing of these leaves
        to_send, limited, busy = [], [], set()
        for route, group in self._sender._routes(mails):
            mails |= group  # core may have split one whose server is a person's own
            with self._log.counting(route.mail_server):
                budget = self._sender._budget(route.mail_server, MOST_BYTES - self._in_flight.size)
                deliveries = self._sender._prepare(group, route, results, budget)
                opened = open_transactions(deliveries, self._log)
            self._opened += [delivery.transaction_id for delivery in opened]
            keep_messages(self.env, route.mail_server, opened)
            idle = group - group.browse(dict.fromkeys(delivery.email.mail_id for delivery in deliveries))
            if left := idle.filtered(lambda mail: mail.id in results.left):
                limited.append((left, route))
            finished += idle
            to_send.append((route, opened))
            busy.update(delivery.email.mail_id for delivery in opened)
        self._sender._record(mails, results, finished)
        self._retry_idle_later(mails, busy | results.left)
        self._news.add(busy)  # they are being sent
        self._commit(0)
        self.env["ir.attachment"].invalidate_model(["raw", "datas", "db_datas"], flush=False)
        self._errors.update((mail_id, results.errors[mail_id]) for mail_id in busy & results.errors.keys())
        for route, deliveries in to_send:
            self._in_flight.add(deliveries)
            self._pools.put(route, deliveries)
        self._let_wait(limited)

    def _let_wait(self, limited):
        """Let mails wait for servers whose limit is reached. Workers find that at the same time and write one row.

        After the commit of what was opened: a conflict must not undo what is within the limit.
        """
        for mails, route in limited:
            try:
                self._sender._wait_if_limited(mails, route)
                self._commit(0)
            except TransactionRollbackError:  # another worker has done it, or they are claimed again
                self.env.cr.rollback()

    def _retry_idle_later(self, mails, busy):
        """Put off mails that are claimed again and again: none may keep the scheduled action running for ever.

        :param set busy: ids of the mails of which something is tried now, or has to wait for its turn
        """
        stuck = mails.browse(self._claims.stuck(mails.ids, busy))
        if stuck := stuck.filtered(lambda mail: mail.state == "outgoing"):
            _logger.error("Nothing can be tried for %s, though they are due: they are put off", stuck)
            stuck._retry_later(
                self.env._("The mail is due, but there is nothing that could be sent. It is tried again later.")
            )

    def _collect(self, until, size=0):
        """Take results in until no more than so many emails and bytes are in flight; record them when enough."""
        while self._in_flight.emails > until or self._in_flight.size > size:
            self._gather()
            if self._news.is_due():
                self._commit(0)
            is_late = time.monotonic() - self._recorded_at > RECORD_AFTER
            if len(self._complete) >= BATCH or (self._complete and (is_late or not self._in_flight.emails)):
                complete, self._complete = self._complete, []
                self._record(complete)
                self._recorded_at = time.monotonic()

    def _gather(self):
        """Wait for results, a moment at most; keep those of mails of which all emails have come back."""
        try:
            found = [self._pools.results.get(timeout=PATIENCE)]
        except Empty:
            # There is nothing to do but to wait for the servers: more connections help, if mails wait for one.
            self._pools.widen()
            return
        while len(found) < BATCH and not self._pools.results.empty():
            found.append(self._pools.results.get())
        self._complete += self._in_flight.come_back(found)

    def _record(self, found):
        for attempt in range(5):
            try:
                self._record_once(found)
                return
            except CONFLICTS:  # somebody wrote these mails meanwhile
                self.env.cr.rollback()
                time.sleep(0.01 * 2**attempt)
        _logger.error("%s results could not be recorded now; the next run does it from the log", len(found))

    def _record_once(self, found):
        results = DeliveryResults()
        for email, came_back in found:
            results.add(email, came_back)
            if email.mail_id in self._errors:
                results.errors[email.mail_id] = self._errors[email.mail_id]
        mails = self.env["mail.mail"].browse(dict.fromkeys(email.mail_id for email, _results in found)).exists()
        self._sender._record(mails, results)
        self._sender._tell_add_ons([email for email, _results in found], results)
        self._commit(len(found))

    def _commit(self, processed, **progress):
        if self._news.is_due():
            self._tell_news()
        self._seconds_left = self.env["ir.cron"]._commit_progress(processed, **progress)

    def _tell_news(self):
        """Tell readers what has become of mails; with the next commit they hear of it."""
        self.env["mail.mail"].browse(self._news.take())._send_news()


def drain(env):
    """Send what waits in the buffer, oldest first, until it is empty or the scheduled action's time is up.

    Commits: a batch is claimed, built and opened in one database transaction, recorded in another.
    """
    one = Drain(env)
    try:
        one.run()
    finally:
        one.close()
