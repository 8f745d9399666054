"""`imaplib.IMAP4` and `poplib.POP3` that no server can fill, hold or make tell a password (RFC 9051 §2.2, §4.3, §7.1).

`imaplib` keeps whatever a server says without being asked, and reads a literal of any size. Here an answer has at most
so many bytes and lines, and so many seconds from the command to its end; the lines of the server are scrubbed before
anybody sees them, literals (mails) are not. An answer of POP, which comes line by line, has a slowest pace as well.

>>> kind = bounded(IMAP4)
>>> issubclass(kind, IMAP4), kind.__name__
(True, 'IMAP4')
"""

from __future__ import annotations

import contextlib
import re
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from imaplib import IMAP4, IMAP4_SSL
from poplib import POP3_SSL, error_proto
from typing import Any, Final, NamedTuple

from .bounded_connect import ShutdownTimer, current
from .smtp.reply import SmtpError
from .smtp.secret import Secrets

_OVERHEAD: Final = 64  # bytes of memory that a line takes beside its text
_RESPONSE_CODE: Final = re.compile(r"\[[A-Z]{3,40}\]")


class Bounds(NamedTuple):
    """What one answer may be: bytes in lines, bytes in literals, lines, seconds from the command to its end."""

    text: int
    literals: int
    lines: int
    seconds: float | None


# Greeting, capabilities, login; `BoundedConnect` watches the time.
CONNECTING: Final = Bounds(64 * 1024, 64 * 1024, 1000, None)
# A chunk of 200 headers of at most 32 kB, or a mail of 2 MB, see `report.mailbox`; a search names 50 000 mails.
LOOKING_THROUGH: Final = Bounds(4 * 2**20, 8 * 2**20, 20_000, 120.0)
# Whole mails are fetched, as big as people send them.
FETCHING: Final = Bounds(4 * 2**20, 256 * 2**20, 20_000, 900.0)
# A mail of 50 MB is put into a folder, at 170 kB a second; the answers are short, the list of folders may not be.
COPYING: Final = Bounds(4 * 2**20, 256 * 1024, 20_000, 300.0)

_UNBOUNDED: Final = Bounds(2**60, 2**60, 2**60, None)


class Pace(NamedTuple):
    """How slowly an answer may come: so many bytes, or its end, within so many seconds."""

    octets: int
    seconds: float


SLOWEST: Final = Pace(64 * 1024, 60.0)


class EndlessAnswer(IMAP4.abort, SmtpError):
    """An answer went beyond its bounds; the connection cannot be used any more."""

    problem = "endless answer"


class _Watched:
    """Opens its socket through the `BoundedConnect` in whose `with` block it is made."""

    host: Any
    port: Any
    sock: Any
    bounds = CONNECTING
    pace: Pace | None = None
    _left = CONNECTING  # of the bounds, for the answer that is being read
    _timers: Sequence[ShutdownTimer] = ()  # of that answer; the last one watches the pace

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        bounds = current()
        self._connect_bounds = bounds
        self.secrets = bounds.secrets if bounds else Secrets()
        if bounds is None:
            self.bounds = self._left = _UNBOUNDED
        super().__init__(*args, **kwargs)

    def _create_socket(self, timeout: Any) -> Any:
        if self._connect_bounds is None:
            return super()._create_socket(timeout)  # type: ignore[misc]
        # imaplib and poplib call each other's method by name, so TLS is put on top here.
        sock = self._connect_bounds.open(self.host or None, int(self.port), timeout)
        if isinstance(self, IMAP4_SSL):
            return self.ssl_context.wrap_socket(sock, server_hostname=self.host)
        if isinstance(self, POP3_SSL):
            return self.context.wrap_socket(sock, server_hostname=self.host)  # type: ignore[attr-defined]
        return sock

    @contextlib.contextmanager
    def _in_time(self) -> Iterator[None]:
        """Cut the connection when an answer takes too long: as a whole, or, where it has a pace, to go on."""
        if self.bounds.seconds is None:
            yield
            return
        limits = [self.bounds.seconds, *([self.pace.seconds] if self.pace else [])]
        self._timers = [ShutdownTimer(self.sock, seconds) for seconds in limits]
        try:
            yield
        except (OSError, IMAP4.error, error_proto) as error:
            if any(timer.has_shut_down for timer in self._timers):
                raise TimeoutError("the answer took too long") from error
            raise
        finally:
            for timer in self._timers:
                timer.release()
            self._timers = ()


class _BoundedImap(_Watched):
    """The reading side of an `imaplib.IMAP4`."""

    untagged_responses: dict[str, list[Any]]

    def login(self, user: str, password: str) -> Any:
        """Log in; the password is secret from here on, and of a refusal only the response code is kept."""
        self.secrets.add(password)
        with _refusal_in_short():
            return super().login(user, password)  # type: ignore[misc]

    def authenticate(self, mechanism: str, authobject: Callable[[bytes], Any]) -> Any:
        """Log in by SASL; as `login`."""

        def answer(challenge: bytes) -> Any:
            sent = authobject(challenge)
            data = sent.encode() if isinstance(sent, str) else sent or b""
            self.secrets.add_response(b64encode(data).decode("ascii"))
            return sent

        with _refusal_in_short():
            return super().authenticate(mechanism, answer)  # type: ignore[misc]

    def readline(self) -> bytes:
        """Read a line.

        :raise EndlessAnswer: the answer is over its bounds
        """
        try:
            line: bytes = super().readline()  # type: ignore[misc]
        except IMAP4.error as error:  # a line of a megabyte
            raise EndlessAnswer(str(error)) from error
        self._spend(text=len(line), lines=1)
        return self.secrets.scrub_bytes(line)

    def read(self, size: int) -> bytes:
        """Read a literal.

        :raise EndlessAnswer: as `readline`; nothing of it has been read then
        """
        self._spend(literals=size)
        data: bytes = super().read(size)  # type: ignore[misc]
        return data

    def _spend(self, text: int = 0, literals: int = 0, lines: int = 0) -> None:
        left = self._left
        self._left = left = Bounds(left.text - text, left.literals - literals, left.lines - lines, None)
        if min(left.text, left.literals, left.lines) < 0:
            with contextlib.suppress(OSError):
                self.shutdown()  # type: ignore[attr-defined]
            raise EndlessAnswer("the answer has no end")

    def _simple_command(self, name: str, *args: Any) -> Any:
        self._left = self.bounds
        # What nobody asked for and nobody has taken would be kept for ever.
        if self.bounds.seconds is not None:
            self.untagged_responses = {
                kind: lines for kind, lines in self.untagged_responses.items() if kind == "READ-ONLY"
            }
        with self._in_time():
            try:
                return super()._simple_command(name, *args)  # type: ignore[misc]
            except IMAP4.abort as error:  # imaplib wraps what its own methods raise
                if isinstance(error.__context__, EndlessAnswer):
                    raise error.__context__ from error
                raise


@contextlib.contextmanager
def _refusal_in_short() -> Iterator[None]:
    """Of the answer to a login keep the response code (RFC 9051 §7.1): the rest may hold what was sent."""
    try:
        yield
    except IMAP4.abort:
        raise
    except IMAP4.error as error:
        found = _RESPONSE_CODE.search(str(error))
        error.args = (f"{found.group() if found else ''} login refused".strip(),)
        raise


class _BoundedPop(_Watched):
    """`poplib` bounds its lines itself, but neither how many an answer has nor how slowly they come."""

    pace: Pace = SLOWEST
    _received = 0  # bytes since the pace is being watched

    def _shortcmd(self, line: str) -> Any:
        with self._in_time():
            return super()._shortcmd(line)  # type: ignore[misc]

    def _longcmd(self, line: str) -> Any:
        with self._in_time():
            return super()._longcmd(line)  # type: ignore[misc]

    def _keep_pace(self, octets: int) -> None:
        self._received += octets
        if self._timers and self._received >= self.pace.octets:
            whole, last = self._timers
            last.release()
            self._timers = [whole, ShutdownTimer(self.sock, self.pace.seconds)]
            self._received = 0

    def _putcmd(self, line: str) -> None:
        self._left = self.bounds
        self._received = 0
        super()._putcmd(line)  # type: ignore[misc]

    def _getline(self) -> Any:
        line, octets = super()._getline()  # type: ignore[misc]
        self._keep_pace(octets)
        self._left = self._left._replace(literals=self._left.literals - octets - _OVERHEAD)
        if self._left.literals < 0:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)  # close() would leave nothing that core could say QUIT to
            raise error_proto("the answer has no end")
        return line, octets

    def pass_(self, pswd: str) -> Any:
        """Send the password, which is secret from here on."""
        self.secrets.add(pswd)
        return super().pass_(pswd)  # type: ignore[misc]


def bounded(kind: type) -> type:
    """Return a class like this one, an `IMAP4` or a `POP3`, that has bounds when made within a `BoundedConnect`."""
    extra = _BoundedImap if issubclass(kind, IMAP4) else _BoundedPop
    return type(kind.__name__, (extra, kind), {"__doc__": kind.__doc__})
