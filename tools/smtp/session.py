"""Drives a connected `smtplib.SMTP` through mail transactions (RFC 5321 §3.3, §4.1.1, §4.5.3.2).

smtplib makes the connection (TLS, login, everything that other add-ons extend); from there on the socket is read and
written here, because smtplib drops the final reply, cannot tell "not sent" from "not known" and gives up on long lines.
What a reply means is decided in `dialogue`; here is only the blocking way of asking.

>>> session = Session(smtplib.SMTP(local_hostname="localhost"))  # not connected
>>> session.usable, session.tls_version
(False, '')
>>> session.transact(Envelope("a@example.com", ("b@example.com",)), b"Hi").recipients[0].problem
'connection lost'
"""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Callable
from typing import Any, Final

from .dialogue import Dialogue
from .dot_stuffing import dot_stuff
from .envelope import Envelope
from .extension import Extensions
from .network import TimedLines, network_errors, send_at_once, tls_facts
from .reply import ConnectionLost, Reply, SmtpError, TimedOut, read_reply
from .secret import Secrets
from .transaction import Phase, TransactionResult
from .transcript import Transcript

_CHUNK: Final = 64 * 1024
_FINAL_DOT: Final = b"\r\n.\r\n"
LAST_REPLY_TIMEOUT: Final = 1.0  # seconds; what a server said before it hung up is already here
_QUIT_TIMEOUT: Final = 5.0  # seconds; nothing depends on the answer


class Session:
    """A connection that has said EHLO and logged in. One thread at a time.

    `usable` turns False when the connection was closed or cannot be trusted any more; then make a new one.
    """

    # Seconds to wait for the reply to the content; None: as for any other reply. RFC 5321 §4.5.3.2.6 asks for 10
    # minutes: whoever gives up earlier does not know whether the mail was taken.
    content_timeout: float | None = None

    def __init__(self, connection: smtplib.SMTP, clock: Callable[[], float] | None = None) -> None:
        """Take over a connection.

        :param connection: its `secrets`, if it has any, are masked in what the server says
        :param clock: the seconds of a clock that only goes forward. With it the timeouts are those of a whole reply,
            without it of each byte
        """
        self._connection = connection
        self.clock = clock
        self._secrets: Secrets | None = getattr(connection, "secrets", None)
        self._transcript = Transcript()
        self.extensions = Extensions.from_esmtp(connection.esmtp_features)
        self.tls_version, self.cipher = tls_facts(connection.sock)
        self.server_name = str(getattr(connection, "_host", ""))
        self.round_trip: float | None = getattr(connection, "round_trip", None)  # seconds; None: not known
        self.usable = connection.sock is not None
        send_at_once(connection.sock)

    def transact(
        self, envelope: Envelope, message: bytes, before_data: Callable[[], None] | None = None
    ) -> TransactionResult:
        """Hand over one mail. A failure of the server or the network is a result, never an exception.

        :param message: the mail with CRLF line ends, not dot-stuffed, see `compose.flatten`
        :param before_data: called when the server waits for the content, before any of it is written. If it raises,
            the connection is closed, the server has received nothing, and the exception passes on
        """
        self._transcript = self.new_transcript()
        dialogue = Dialogue(envelope, self.extensions, message)
        try:
            self._converse(dialogue, message, before_data)
        except BaseException:
            self._drop()
            raise
        if not dialogue.is_usable:
            self._drop()
        return TransactionResult(
            recipients=dialogue.results,
            reply=dialogue.reply,
            receipt=dialogue.receipt,
            transcript=str(self._transcript),
            usable=self.usable,
            size=len(message),
        )

    @property
    def socket(self) -> Any:
        """The connection's socket; None when it is closed."""
        return self._connection.sock

    @property
    def file(self) -> Any:
        """What reads the socket and may have read ahead; None before the first reply."""
        return self._connection.file

    def clean(self, reply: Reply) -> Reply:
        """Return the reply without the secrets of the login."""
        if not self._secrets:
            return reply
        text = self._secrets.scrub(reply.text)
        return reply if text is reply.text else Reply.of(reply.code, text)

    def new_transcript(self) -> Transcript:
        """Return an empty transcript with a line on the connection."""
        transcript = Transcript()
        transcript.note(" ".join(filter(None, (self.server_name, self.tls_version, self.cipher))))
        return transcript

    def reset(self) -> None:
        """End the transaction that the server still has open. A failure shows in `usable`."""
        self._transcript = Transcript()
        try:
            self.usable = self.usable and self._ask(b"RSET\r\n").code == 250
        except SmtpError:
            self.usable = False
        if not self.usable:
            self._drop()

    def close(self) -> None:
        """Say goodbye if there is somebody to say it to, and close. Never raises."""
        if self.usable:
            self._transcript = Transcript()
            with contextlib.suppress(SmtpError):
                self._ask(b"QUIT\r\n", timeout=_QUIT_TIMEOUT)
        self._drop()

    def _converse(self, dialogue: Dialogue, message: bytes, before_data: Callable[[], None] | None) -> None:
        if dialogue.is_over:
            return
        try:
            self._hand_over(dialogue, message, before_data)
        except SmtpError as error:
            self._transcript.note(error.problem)
            dialogue.on_failure(error.problem, self._last_reply(error))

    def _hand_over(self, dialogue: Dialogue, message: bytes, before_data: Callable[[], None] | None) -> None:
        if not self.usable:
            dialogue.awaiting = Phase.CONNECT
            raise ConnectionLost("the session was closed before")
        dialogue.on_mail(self._ask(dialogue.mail_command()))
        for position in dialogue.pending:
            dialogue.on_rcpt(position, self._ask(dialogue.rcpt_command(position)))
            if dialogue.is_over:
                break
        if not dialogue.is_over:
            dialogue.on_data(self._ask(b"DATA\r\n"))
        if not dialogue.is_over:
            if before_data:
                before_data()
            self._send_content(dialogue, message)
            dialogue.on_content(self._read(self.content_timeout))
        if dialogue.needs_reset:
            dialogue.is_usable = self._ask(b"RSET\r\n").code == 250

    def _send_content(self, dialogue: Dialogue, message: bytes) -> None:
        """Write the content; the final dot goes alone, so that hardly anything can happen while it is being written."""
        self._transcript.note(f"<{len(message)} bytes of message>")
        data = dot_stuff(message)
        end = len(data) - len(_FINAL_DOT)
        for start in range(0, end, _CHUNK):
            self._send(data[start : min(start + _CHUNK, end)])
        dialogue.on_final_dot()
        self._send(data[end:])

    def _ask(self, command: bytes, timeout: float | None = None) -> Reply:
        self._transcript.client(command)
        self._send(command)
        return self._read(timeout)

    def _send(self, data: bytes) -> None:
        with network_errors():
            self._socket().sendall(data)

    def _read(self, timeout: float | None = None) -> Reply:
        """Read one reply.

        :param timeout: seconds, if other than the connection's own
        """
        sock = self._socket()
        connection = self._connection
        with network_errors():
            if connection.file is None:
                connection.file = sock.makefile("rb")
            reply = self.clean(self._read_in_time(sock, timeout))
        self._transcript.server(reply)
        return reply

    def _read_in_time(self, sock: Any, timeout: float | None) -> Reply:
        usual = self._connection.timeout  # urllib3's wrapper cannot tell the socket's
        seconds = usual if timeout is None else timeout
        file: Any = self._connection.file
        if self.clock and seconds:
            reply = read_reply(TimedLines(file, sock, seconds, self.clock))
        else:
            sock.settimeout(seconds)
            reply = read_reply(file)
        sock.settimeout(usual)
        return reply

    def _last_reply(self, error: SmtpError) -> Reply | None:
        """Return what the server had said before it hung up while we were writing: 421, or 552 amid the content."""
        if isinstance(error, ConnectionLost) and not isinstance(error, TimedOut):
            with contextlib.suppress(SmtpError):
                return self._read(LAST_REPLY_TIMEOUT)
        return None

    def _socket(self) -> Any:
        """Return the socket, which smtplib takes away when it closes the connection."""
        if self._connection.sock is None:
            raise ConnectionLost("the connection is closed")
        return self._connection.sock

    def _drop(self) -> None:
        self.usable = False
        with contextlib.suppress(Exception):  # pyOpenSSL's errors are no OSError
            self._connection.close()
