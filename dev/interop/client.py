"""Sends with the module's own engine: `engine.sender.Sender` over real connections, without Odoo's database.

The transaction log is kept in memory. What is put off is sent again, as the buffer would, but without waiting long.
"""

import hashlib
import smtplib
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import SimpleQueue

from mail_delivery_status.engine.delivery import Delivery, Email, new_envelope_id
from mail_delivery_status.engine.queue import DeliveryQueue
from mail_delivery_status.engine.sender import Sender
from mail_delivery_status.tools.smtp.envelope import Envelope
from mail_delivery_status.tools.smtp.pipeline import best_mode
from mail_delivery_status.tools.smtp.session import Session
from mail_delivery_status.tools.smtp.transaction import Outcome, RecipientResult

from .server import HOST, SENDER, Server

MODES = ("step_by_step", "pipeline", "bdat")
TIMEOUT = 5.0  # seconds
BETWEEN_ROUNDS = 0.2  # seconds
NOTIFY = frozenset({"FAILURE", "DELAY"})
HEADER = """\
From: {sender}\r
To: somebody@dest.test\r
Subject: Invoice {number}\r
Date: Sat, 28 Nov 2026 10:00:00 +0000\r
Message-ID: <{message_id}>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset="utf-8"\r
Content-Transfer-Encoding: 8bit\r
\r
"""
# Dots that have to be stuffed, what looks like the end and like a command, letters outside ASCII.
TEXT = ".hello\r\n..\r\nRSET\r\nBDAT 5 LAST\r\nZażółć gęślą jaźń\r\n. \r\n"


@dataclass(frozen=True)
class Mail:
    """One mail to send, and what its addresses should come to.

    :param expected: ``{address: outcome}``
    """

    number: int
    expected: dict[str, str]
    size: int = 0

    @property
    def message_id(self) -> str:
        return f"{self.number}.interop@odoo.test"

    @property
    def body(self) -> bytes:
        return TEXT.encode() + (b"y" * 70 + b"\r\n") * (self.size // 72)

    @property
    def message(self) -> bytes:
        header = HEADER.format(sender=SENDER, number=self.number, message_id=self.message_id)
        return header.encode() + self.body

    @property
    def body_digest(self) -> str:
        return hashlib.sha1(self.body).hexdigest()


class MemoryLog:
    """Stands for `engine.transaction_log.TransactionLog`: says yes to everything, and tells when mails leave."""

    def __init__(self, on_leaving: Callable[[int], None]) -> None:
        self._on_leaving = on_leaving

    def settle(self, _rows: Iterable[dict] = (), leaving: Iterable[int] = ()) -> set[int]:
        leaving = set(leaving)
        if leaving:
            self._on_leaving(len(leaving))
        return leaving

    def open(self, columns: list[dict]) -> list[int]:
        return [-number for number in range(1, len(columns) + 1)]


@dataclass
class Account:
    """What became of the mails, by the engine's own account.

    :ivar results: ``{(message id, address): its last result}``
    :ivar receipts: ``{message id: the receipt}`` of those that were taken
    :ivar put_off: why addresses were put off, and how often
    """

    results: dict[tuple[str, str], RecipientResult] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    put_off: Counter[str] = field(default_factory=Counter)


class Client:
    """Sends to one server.

    :param tls: with STARTTLS
    """

    def __init__(self, server: Server, mode: str, tls: bool = False) -> None:
        self.server, self.mode, self.tls = server, mode, tls
        self.account = Account()

    def connect(self) -> smtplib.SMTP:
        connection = smtplib.SMTP(HOST, self.server.port, local_hostname="client.test", timeout=TIMEOUT)
        connection.ehlo()
        if self.tls:
            connection.starttls(context=ssl.create_default_context(cafile=self.server.authority.ca))
            connection.ehlo()
        if self.server.login:
            connection.login(*self.server.login)
        self.account.connections += 1
        return connection

    def send(
        self, mails: list[Mail], seconds: float, on_leaving: Callable[[int], None] = lambda mails: None
    ) -> Account:
        """Send until nothing waits any more, or so long."""
        waiting = [(mail, tuple(mail.expected)) for mail in mails]
        end = time.monotonic() + seconds
        while waiting:
            self._send_once(waiting, on_leaving)
            waiting = [(mail, left) for mail, _addresses in waiting if (left := self._put_off(mail))]
            if time.monotonic() > end:
                break
            if waiting:
                time.sleep(BETWEEN_ROUNDS)
        return self.account

    def _put_off(self, mail: Mail) -> tuple[str, ...]:
        results = ((address, self.account.results.get((mail.message_id, address))) for address in mail.expected)
        return tuple(address for address, result in results if result is None or result.outcome is Outcome.DEFERRED)

    def _send_once(self, waiting: list[tuple[Mail, tuple[str, ...]]], on_leaving: Callable[[int], None]) -> None:
        queue, results, log = DeliveryQueue(), SimpleQueue(), MemoryLog(on_leaving)
        queue.put(_delivery(position, mail, addresses) for position, (mail, addresses) in enumerate(waiting))
        queue.close()
        Sender(queue, self.connect, log, results, mode=self.mode).run()
        told = []
        while not results.empty():
            email, delivery_results = results.get()
            mail, _addresses = waiting[email.mail_id]
            for result in delivery_results:
                told += [(mail.message_id, one.address) for one in result.recipients]
                self._note(mail, result)
        if sorted(told) != sorted((mail.message_id, address) for mail, to in waiting for address in to):
            raise AssertionError("the engine did not tell exactly once what became of each address")

    def _note(self, mail: Mail, result) -> None:
        for one in result.recipients:
            self.account.results[mail.message_id, one.address] = one
            if one.outcome is Outcome.DEFERRED:
                self.account.put_off[str(one.reply.code) if one.reply else one.problem] += 1
        if result.receipt:
            self.account.receipts[mail.message_id] = result.receipt


def _delivery(position: int, mail: Mail, addresses: tuple[str, ...]) -> Delivery:
    email = Email(position, 0, dict.fromkeys(addresses, "to"), {})
    envelope = Envelope(SENDER, addresses, new_envelope_id(), NOTIFY)
    return Delivery(email, envelope, mail.message, transaction_id=position)


def offered_modes(client: Client) -> list[str]:
    """The modes that a server can be talked to in."""
    session = Session(client.connect())
    try:
        return list(MODES[: MODES.index(best_mode(session)) + 1])
    finally:
        session.close()


def in_thread(work: Callable[[], None], meanwhile: Callable[[], None]) -> None:
    """Do one thing in a thread, and the other here again and again until it is done; what fails there fails here."""
    failure: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        meanwhile()
    if failure:
        raise failure[0]
