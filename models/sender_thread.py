"""The threads that talk to mail servers while the main thread talks to the ORM. No ORM in here.

A *parcel* is one email, ready to go: envelope, bytes, and its open row in ``mail_transaction``. The main thread puts
parcels into a *work* queue; each thread owns one connection and takes from the queue; what a server answered is
written to the journal at once and then handed back to the main thread.
"""

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from ..tools.smtp import trouble
from ..tools.smtp.envelope import Envelope
from ..tools.smtp.pipeline import Job, Pipeline
from ..tools.smtp.recipient_limit import next_recipients
from ..tools.smtp.session import Session
from ..tools.smtp.values import failure_values
from .mail_transaction import new_envelope_id

_logger = logging.getLogger(__name__)

# Seconds to wait for the answer to a whole mail: who gives up earlier does not know whether it was taken
# (RFC 5321 §4.5.3.2.6 asks for 10 minutes). Less than limit_time_real, by which Odoo kills its own workers.
CONTENT_TIMEOUT = 100
# Mails in flight on one connection, and bytes after which no more are taken for it at a time.
WINDOW = 8
WINDOW_BYTES = 8 * 1024 * 1024
# How often a parcel that was known not to be sent goes over a new connection before it is put off.
MAX_RETURNS = 3


@dataclass(eq=False)
class Parcel:
    """One email, ready to go.

    ``row`` are its columns for the journal, ``kinds`` are ``{address key: "to" | "cc" | "bcc"}`` of all its recipients;
    ``replay`` is what the main thread needs to tell other add-ons of a failure, if there are such.

    A server that takes fewer recipients in one transaction gets the email in several: each is a parcel with an envelope
    and a row of its own, and the last one brings back what the ``earlier`` ones came to.
    """

    mail_id: int
    partner_id: int
    kinds: dict[str, str]
    envelope: Envelope
    message: bytes
    row: dict
    transaction_id: int | None = None
    returns: int = 0
    replay: tuple | None = None
    rest: tuple = ()  # recipients for transactions after this one
    earlier: list = field(default_factory=list)  # (parcel, result) of the transactions before this one
    is_continued: bool = False

    def following(self, recipients, rest):
        """The same email for the next transaction, with a token of its own wherever there is one."""
        old, new = self.envelope.envelope_id, new_envelope_id()
        sender = self.envelope.sender.replace(old, new)
        envelope = replace(self.envelope, sender=sender, recipients=recipients, envelope_id=new)
        # The first place is the header: nobody could know the token and write it into the text.
        message = self.message.replace(old.encode(), new.encode(), 1)
        # Journal.open(): "id" is the last transaction of this email that we know.
        names = {"id": self.transaction_id, "envelope_id": new, "sender": sender, "recipients": recipients}
        row = {**self.row, **names}
        return replace(
            self, envelope=envelope, message=message, row=row, transaction_id=None, returns=0, rest=rest, earlier=[]
        )


class LostClaim(Exception):
    """Another worker took us for dead and ended our open transactions: nothing of them may leave any more."""


class Work:
    """The parcels that wait for a connection to one server. Any number of threads take from it."""

    def __init__(self):
        self._parcels = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._senders = 0

    def __len__(self):
        return len(self._parcels)

    def put(self, parcels):
        with self._changed:
            self._parcels.extend(parcels)
            self._changed.notify_all()

    def give_back(self, parcels):
        """Put parcels that were taken back to the front."""
        with self._changed:
            self._parcels.extendleft(reversed(parcels))
            self._changed.notify_all()

    def take(self, count, wait):
        """Up to so many parcels, fewer big ones: others may have a connection to spare.

        :param bool wait: until there is one; then none means that no more will come
        """
        taken, size = [], 0
        with self._changed:
            while wait and not self._parcels and not self._is_closed:
                self._changed.wait()
            while self._parcels and len(taken) < count and size < WINDOW_BYTES:
                taken.append(self._parcels.popleft())
                size += len(taken[-1].message)
        return taken

    def close(self):
        """No more parcels will come."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def join(self):
        """A sender begins to take."""
        with self._changed:
            self._senders += 1

    def leave(self, failed):
        """A sender ends. The last one that fails takes along what nobody else will send.

        :return: the parcels left behind
        """
        with self._changed:
            self._senders -= 1
            if not failed or self._senders:
                return []
            left = list(self._parcels)
            self._parcels.clear()
            return left


@dataclass
class Sender:
    """Sends the parcels of a work queue over one connection at a time.

    :param connect: ``connect() -> smtplib.SMTP``, connected and logged in
    :param journal: a ``Journal`` of this sender's own
    :param results: gets ``(parcel, outcome)``: a ``TransactionResult``, a ``Failure`` if there was no connection, or
        None if only the open row of the parcel tells what became of it
    :param per_connection: mails after which a new connection is made
    :param mode: of the pipeline; None: the fastest that the server offers
    """

    work: Work
    connect: object
    journal: object
    results: SimpleQueue
    describe: object  # describe(TransactionResult, Session) -> dict of columns of mail_transaction
    per_connection: int = 10**9
    mode: str | None = None
    _held: dict = field(default_factory=dict)  # parcels taken and not handed back yet, by identity
    _ended: list = field(default_factory=list)
    _session: Session | None = None
    _room: int = 0

    def run(self):
        """Send until the queue is closed and empty, or no connection is to be had."""
        failure = None
        self.work.join()
        try:
            while failure is None and (parcels := self.work.take(1, wait=True)):
                self.work.give_back(parcels)
                failure = self._use_one_connection()
        except Exception as error:
            _logger.exception("A sender thread ended")
            failure = trouble.from_exception(error)
        finally:
            for item in self._ended:  # the journal could not be written: the main thread may be luckier
                self._hand_back(*item)
            for parcel in list(self._held.values()):  # its open row tells what is known of it
                self._hand_back(parcel, None)
            self._give_up(self.work.leave(failed=failure is not None), failure)

    def _give_up(self, parcels, failure):
        """Hand back what cannot be sent; the journal says that nothing of it was."""
        values = {"outcome": "aborted", **failure_values(failure)} if failure else {}
        try:
            self.journal.settle([{"id": parcel.transaction_id, **values} for parcel in parcels])
        except Exception:  # the rows stay open; the next worker ends them
            _logger.warning("%s transactions could not be ended", len(parcels), exc_info=True)
        for parcel in parcels:
            self._hand_back(parcel, failure)

    def _use_one_connection(self):
        """Send over one connection. Return why none was to be had."""
        try:
            connection = self.connect()
        except Exception as error:
            failure = trouble.from_exception(error)
            _logger.info("No connection to the mail server: %s", failure.text)
            return failure
        self._session = Session(connection, time.monotonic)
        self._session.content_timeout = CONTENT_TIMEOUT
        self._room = self.per_connection
        try:
            Pipeline(self._session, WINDOW, self.mode).run(self._take, self._before_data, self._done)
        except LostClaim:
            _logger.warning("Another worker has ended transactions of this one; they are left to it")
        finally:
            self._flush()
            self._session.close()
        return None

    def _take(self, count, wait):
        if wait:
            self._flush()  # nothing is in flight: whoever waits for the results gets them now
        parcels = self.work.take(min(count, self._room), wait) if self._room else []
        self._room -= len(parcels)
        self._held.update((id(parcel), parcel) for parcel in parcels)
        return [Job(parcel.envelope, parcel.message, parcel) for parcel in parcels]

    def _before_data(self, jobs):
        """Commit that these mails begin to leave, and what the earlier ones came to, in one statement."""
        leaving = [job.tag.transaction_id for job in jobs]
        if self._flush(leaving) != set(leaving):
            raise LostClaim

    def _done(self, results):
        for job, result in results:
            if result is None:
                self._return(job.tag)
            else:
                self._ended.append((job.tag, result))
        for job, result in results:
            if result is not None and (len(result.recipients) > 1 or job.tag.rest):
                self._continue(job.tag, result)

    def _continue(self, parcel, result):
        """Send to the recipients that were too many for one transaction in the next one, at once."""
        part = next_recipients(result, parcel.rest)
        if part is None:
            return
        following = parcel.following(*part)
        [following.transaction_id] = self.journal.open([following.row])
        if following.transaction_id:  # else another worker has taken the mail
            following.earlier, parcel.earlier = [*parcel.earlier, (parcel, result)], []
            parcel.is_continued, parcel.message = True, b""
            self.work.give_back([following])

    def _return(self, parcel):
        """The server is known not to have this parcel: it goes over a new connection."""
        parcel.returns += 1
        if parcel.returns <= MAX_RETURNS:
            self._held.pop(id(parcel))
            self.work.give_back([parcel])
        else:
            self._give_up([parcel], trouble.from_exception(ConnectionResetError()))

    def _flush(self, leaving=()):
        rows = [{"id": parcel.transaction_id, **self.describe(result, self._session)} for parcel, result in self._ended]
        still_open = self.journal.settle(rows, leaving)
        ended, self._ended = self._ended, []
        for item in ended:
            self._hand_back(*item)
        return still_open

    def _hand_back(self, parcel, outcome):
        self._held.pop(id(parcel), None)
        parcel.message = b""  # results wait to be recorded together: not with all that was sent
        if not parcel.is_continued:  # the last of its transactions brings back all of them
            self.results.put((parcel, outcome))


class Line:
    """The connections to one server with one login: a work queue and the threads that empty it.

    :param start_sender: ``start_sender(work) -> Sender``
    """

    def __init__(self, start_sender, max_connections):
        self.work = Work()
        self._start_sender = start_sender
        self._max_connections = max_connections
        self._threads = []

    def put(self, parcels):
        """Queue parcels; there is at least one thread to take them, and more where the last ones still wait."""
        is_behind = len(self.work) > 0
        self.work.put(parcels)
        if not self._alive():
            self._start(1)
        elif is_behind:
            self.widen()

    def widen(self):
        """Twice as many connections, as far as they are allowed and mails wait for one."""
        alive = len(self._alive())
        waiting = -(-len(self.work) // WINDOW)
        self._start(min(max(alive, 1), waiting, self._max_connections - alive))

    def _alive(self):
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return self._threads

    def _start(self, count):
        for _ in range(count):
            sender = self._start_sender(self.work)
            thread = threading.Thread(target=self._run, args=(sender,), name="mail sender", daemon=True)
            thread.start()
            self._threads.append(thread)

    @staticmethod
    def _run(sender):
        try:
            sender.run()
        finally:
            sender.journal.close()

    def close(self):
        """Send what is queued and end the threads."""
        self.work.close()
        for thread in self._threads:
            thread.join()
