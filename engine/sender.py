"""Hands deliveries over to a mail server, over one connection at a time. No ORM in here.

What the server answered is written to the transaction log at once; then it goes back to whoever records it.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import SimpleQueue
from smtplib import SMTP

from ..tools.smtp import trouble
from ..tools.smtp.pipeline import WINDOW_MAILS, Job, Pipeline
from ..tools.smtp.recipient_limit import next_recipients
from ..tools.smtp.session import Session
from ..tools.smtp.transaction import TransactionResult
from ..tools.smtp.trouble import Failure
from ..tools.smtp.values import failure_values, transaction_values
from .delivery import Delivery, DeliveryResult, last_words
from .other_transport import OtherTransport
from .queue import DeliveryQueue
from .transaction_log import TransactionLog

_logger = logging.getLogger(__name__)

# Seconds to wait for the answer to a whole mail: who gives up earlier does not know whether it was taken
# (RFC 5321 §4.5.3.2.6 asks for 10 minutes). Less than limit_time_real, by which Odoo kills its own workers.
CONTENT_TIMEOUT = 100
# How often a delivery that was known not to be sent goes over a new connection before it is put off.
MAX_ATTEMPTS = 3


class LostClaim(Exception):
    """Another worker took us for dead and ended our open transactions: nothing of them may leave any more."""


@dataclass
class Sender:
    """Sends the deliveries of a queue over one connection at a time.

    :param connect: makes a connection, logged in; or the session of another add-on's transport
    :param log: of this sender alone
    :param results: gets ``(Email, delivery results)`` for each email: what its transactions came to. No results: only
        the open row tells what became of it
    :param per_connection: mails after which a new connection is made
    :param mode: of the pipeline; None: the fastest that the server offers
    """

    queue: DeliveryQueue
    connect: Callable[[], SMTP]
    log: TransactionLog
    results: SimpleQueue
    per_connection: int = 10**9
    mode: str | None = None
    # By their transactions: what was taken and not handed back yet.
    _held: dict[int, Delivery] = field(default_factory=dict)
    _ended: list[tuple[Delivery, TransactionResult]] = field(default_factory=list)
    _continued: set[int] = field(default_factory=set)
    _session: Session | OtherTransport | None = None
    _room: int = 0
    _reads_on: bool | None = None  # whether the server reads on behind the final dot, see `Pipeline`

    def run(self) -> None:
        """Send until the queue is closed and empty, or no connection is to be had."""
        failure = None
        self.queue.join()
        try:
            while failure is None and (deliveries := self.queue.take(1, wait=True)):
                self.queue.give_back(deliveries)
                failure = self._use_one_connection()
        except Exception as error:
            _logger.exception("A sender thread ended")
            failure = trouble.from_exception(error)
        finally:
            for delivery, result in self._ended:  # the log could not be written: the main thread may be luckier
                self._hand_back(delivery, DeliveryResult.of_transaction(delivery, result))
            for delivery in list(self._held.values()):  # its open row tells what is known of it
                self._hand_back(delivery, None)
            self._give_up(self.queue.leave(failed=failure is not None), failure)

    def _give_up(self, deliveries: list[Delivery], failure: Failure | None) -> None:
        """Hand back what cannot be sent; the log says that nothing of it was."""
        values = {"outcome": "aborted", **failure_values(failure)} if failure else {}
        try:
            self.log.settle([{"id": delivery.transaction_id, **values} for delivery in deliveries])
        except Exception:  # the rows stay open; the next worker ends them
            _logger.warning("%s transactions could not be ended", len(deliveries), exc_info=True)
        for delivery in deliveries:
            self._hand_back(delivery, failure and DeliveryResult.of_failure(delivery, failure))

    def _use_one_connection(self) -> Failure | None:
        """Send over one connection. Return why none was to be had."""
        try:
            connection = self.connect()
        except Exception as error:
            failure = trouble.from_exception(error)
            _logger.info("No connection to the mail server: %s", failure.text)
            return failure
        if isinstance(connection, SMTP):
            self._session = Session(connection, time.monotonic)
            self._session.content_timeout = CONTENT_TIMEOUT
            transport = Pipeline(self._session, WINDOW_MAILS, self.mode, self._reads_on)
        else:
            self._session = transport = OtherTransport(connection)
        self._room = self.per_connection
        try:
            transport.run(self._take, self._before_data, self._done)
        except LostClaim:
            _logger.warning("Another worker has ended transactions of this one; they are left to it")
        finally:
            if isinstance(transport, Pipeline):
                self._reads_on = transport.reads_on
            self._flush()
            self._session.close()
        return None

    def _take(self, count: int, wait: bool) -> list[Job]:
        if wait:
            self._flush()  # nothing is in flight: whoever waits for the results gets them now
        deliveries = self.queue.take(min(count, self._room), wait) if self._room else []
        self._room -= len(deliveries)
        self._held.update((delivery.transaction_id, delivery) for delivery in deliveries)
        return [Job(delivery.envelope, delivery.message, delivery) for delivery in deliveries]

    def _before_data(self, jobs: list[Job]) -> None:
        """Commit that these mails begin to leave, and what the earlier ones came to, in one statement."""
        leaving = [job.tag.transaction_id for job in jobs]
        if self._flush(leaving) != set(leaving):
            raise LostClaim

    def _done(self, results: list[tuple[Job, TransactionResult | None]]) -> None:
        for job, result in results:
            if result is None:
                self._begin_again(job.tag)
            else:
                self._ended.append((job.tag, result))
        for job, result in results:
            if result is not None and (len(result.recipients) > 1 or job.tag.rest):
                self._continue(job.tag, result)

    def _continue(self, delivery: Delivery, result: TransactionResult) -> None:
        """Send to the recipients that were too many for one transaction in the next one, at once."""
        part = next_recipients(result, delivery.rest)
        if part is None:
            return
        following = delivery.following(*part, DeliveryResult.of_transaction(delivery, result))
        [transaction_id] = self.log.open([following.columns()])
        if transaction_id:  # else another worker has taken the mail
            self._continued.add(delivery.transaction_id)
            self.queue.give_back([following.opened(transaction_id)])

    def _begin_again(self, delivery: Delivery) -> None:
        """Send over a new connection what the server is known not to have."""
        if delivery.attempts < MAX_ATTEMPTS:
            self._held.pop(delivery.transaction_id)
            self.queue.give_back([delivery.begun_again()])
        else:
            self._give_up([delivery], trouble.from_exception(ConnectionResetError()))

    def _flush(self, leaving: Iterable[int] = ()) -> set[int]:
        """Write to the log what has ended and what begins to leave, and hand back the former.

        :return: those of ``leaving`` that may leave
        """
        rows = [
            {
                "id": delivery.transaction_id,
                # What another add-on's transport makes of the message only that knows.
                "message_sha256": delivery.message_sha256 if isinstance(self._session, Session) else None,
                **transaction_values(result, self._session),
            }
            for delivery, result in self._ended
        ]
        still_open = self.log.settle(rows, leaving)
        ended, self._ended = self._ended, []
        for delivery, result in ended:
            self._hand_back(delivery, DeliveryResult.of_transaction(delivery, result))
        return still_open

    def _hand_back(self, delivery: Delivery, result: DeliveryResult | None) -> None:
        """Give back what an email came to; the last of its transactions brings back all of them."""
        self._held.pop(delivery.transaction_id, None)
        if delivery.transaction_id in self._continued:
            self._continued.remove(delivery.transaction_id)
        elif result is None:
            self.results.put((delivery.email, last_words(delivery.earlier, delivery.envelope.recipients)))
        else:
            self.results.put((delivery.email, last_words((*delivery.earlier, result))))
