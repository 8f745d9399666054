"""`smtplib.SMTP` that no server can fill, hold or make tell a password (RFC 5321 §4.5.3.1.5; AUTH: RFC 4954 §4).

Odoo makes its connection with `smtplib`; within a `BoundedConnect` it gets these classes instead, by `for_core()`. They
differ in what they bear of a server: a reply has at most MAX_BYTES; of the replies to a login only the codes are kept;
what was sent to log in is known as secret from then on and masked in every reply and in the debug log.

>>> bounded = for_core()
>>> bounded.SMTP is smtplib.SMTP
True
>>> with BoundedConnect(5.0, lambda: 0.0, Secrets()):
...     bounded.SMTP is BoundedSMTP, bounded.SMTPException is smtplib.SMTPException
(True, True)
"""

from __future__ import annotations

import math
import re
import smtplib
import ssl
import types
from typing import Any, Final

from .bounded_connect import BoundedConnect, Witness, current
from .smtp.network import require_tls
from .smtp.secret import MASK, Secrets

# Of one reply; the longest greeting or EHLO seen has 2 kB. smtplib parses EHLO in quadratic time.
MAX_BYTES: Final = 32 * 1024
_STATUS: Final = re.compile(rb"#?([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
_VERB: Final = re.compile(r"(?:EHLO|HELO|MAIL|RCPT|DATA|RSET|QUIT|NOOP|STARTTLS|BDAT|VRFY|EXPN|HELP)\b", re.IGNORECASE)
_AUTH: Final = re.compile(r"AUTH\s+\S+\s*(.*)", re.IGNORECASE | re.DOTALL)
_AUTH_BEGIN: Final = re.compile(r"(AUTH\s+\S+)\s+\S.*", re.IGNORECASE | re.DOTALL)
_PLAIN: Final = {"SMTP": smtplib.SMTP, "SMTP_SSL": smtplib.SMTP_SSL}


class BoundedSMTP(smtplib.SMTP):
    """Made within the `with` block of a `BoundedConnect`."""

    secrets: Secrets
    # Seconds from a command to its reply, the least so far: how far away the server is.
    round_trip: float | None = None
    _connect_bounds: BoundedConnect | None
    _is_logging_in = False
    _asked_at: float | None = None

    def __new__(cls, *_args: Any, **_kwargs: Any) -> BoundedSMTP:
        """Note the bounds; not in `__init__`, which `SMTP_SSL` calls by its class."""
        self = super().__new__(cls)
        self._connect_bounds = current()
        self.secrets = self._connect_bounds.secrets if self._connect_bounds else Secrets()
        return self

    @property
    def _witness(self) -> Witness | None:
        return self._connect_bounds.witness if self._connect_bounds else None

    @property
    def _least_tls(self) -> ssl.TLSVersion | None:
        return self._connect_bounds.least_tls if self._connect_bounds else None

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        if self._connect_bounds is None:
            return super()._get_socket(host, port, timeout)  # type: ignore[misc]
        return self._connect_bounds.open(host, port, timeout)

    def starttls(self, *args: Any, **options: Any) -> Any:
        """Begin TLS, as `smtplib` does, with the least version that is asked for."""
        if least := self._least_tls:
            options["context"] = require_tls(options.get("context"), least)
        reply = super().starttls(*args, **options)
        if self._witness:
            self._witness.secured(self.sock)
        return reply

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> Any:
        """Log in; the password is secret from here on."""
        self.secrets.add(password)
        return super().login(user, password, initial_response_ok=initial_response_ok)

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Send a command. What follows AUTH is secret, and so are the answers to its challenges."""
        line = f"{cmd} {args}" if args else cmd
        if found := _AUTH.match(line):
            self._is_logging_in = True
            self.secrets.add_response(found.group(1))
        elif _VERB.match(line):
            self._is_logging_in = False
        elif self._is_logging_in:
            self.secrets.add_response(line)
            line = MASK
        if self._witness:
            self._witness.asked(_AUTH_BEGIN.sub(rf"\1 {MASK}", line))
        if self._connect_bounds:
            self._asked_at = self._connect_bounds.clock()
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply.

        :return: its code, -1 if it is none, and its text without codes
        :raise smtplib.SMTPServerDisconnected: the stream ended before the reply did
        :raise smtplib.SMTPResponseException: the reply has no end
        """
        lines: list[bytes] = []
        room = MAX_BYTES
        while True:
            line = self._read_line(room)
            room -= len(line)
            code = int(line[:3]) if line[:3].isdigit() else -1
            lines.append(line[4:].strip(b" \t\r\n"))
            if code < 0 or line[3:4] != b"-":
                break
        if self._connect_bounds and self._asked_at is not None:
            self.round_trip = min(self._connect_bounds.clock() - self._asked_at, self.round_trip or math.inf)
        text = b"\n".join(lines)
        if not self._is_logging_in:
            text = self.secrets.scrub_bytes(text)
        elif code // 100 != 3:  # a challenge is needed as it is
            self._is_logging_in = False
            found = _STATUS.match(text)
            text = found.group(1) if found else b""
        if self._witness:
            self._witness.answered(code, MASK.encode() if self._is_logging_in else text)
        if self.debuglevel > 0:
            self._print_debug(f"reply: {code} {text!a}")
        return code, text

    def _read_line(self, room: int) -> bytes:
        if self.file is None:
            self.file = self.sock.makefile("rb")  # type: ignore[union-attr]
        try:
            line: bytes = self.file.readline(room + 1)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {error}") from error
        if not line:
            self.close()
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        if len(line) > room:
            self.close()
            raise smtplib.SMTPResponseException(500, "Line too long.")
        return line

    def _print_debug(self, *args: Any) -> None:
        is_secret = self._is_logging_in and str(args[0]).startswith("send")
        texts = ("send:", MASK) if is_secret else map(self.secrets.scrub, map(str, args))
        super()._print_debug(*texts)  # type: ignore[misc]


class BoundedSMTPSSL(smtplib.SMTP_SSL, BoundedSMTP):
    """The same with TLS from the start: `SMTP_SSL` wraps the socket that BoundedSMTP opens."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        if least := self._least_tls:
            self.context = require_tls(self.context, least)
        sock = super()._get_socket(host, port, timeout)
        if self._witness:
            self._witness.secured(sock)
        return sock


_BOUNDED: Final = {"SMTP": BoundedSMTP, "SMTP_SSL": BoundedSMTPSSL}


class _Smtplib(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        value = getattr(smtplib, name)
        # Who has put a class of his own there, as tests do, gets that.
        return _BOUNDED[name] if current() and value is _PLAIN.get(name) else value


def for_core() -> types.ModuleType:
    """Return what stands for `smtplib` in a module that makes connections: the same but within a `BoundedConnect`."""
    return _Smtplib("smtplib", smtplib.__doc__)
