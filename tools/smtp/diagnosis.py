"""What went wrong while a connection was made: connect, STARTTLS, login (RFC 5321 §3.1, RFC 3207 §4, RFC 4954 §4).

The exceptions of smtplib, ssl, socket and pyOpenSSL say it in many ways; here it becomes one Failure: how far it came,
the server's reply if there is one, else a problem in a few stable English words, whether it may pass by itself, and
whose fault it is. No text of an exception is passed on: it may hold a password.

>>> failure = diagnose(smtplib.SMTPAuthenticationError(535, b"5.7.8 Error: authentication failed"))
>>> failure.phase.value, str(failure.reply), failure.transient, failure.scope.value
('auth', '535 5.7.8', False, 'account')
>>> diagnose(ConnectionRefusedError(111, "Connection refused")).problem
'connection refused'
>>> diagnose(ssl.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)")).problem
'server does not speak TLS on this port'
"""

from __future__ import annotations

import binascii
import errno
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .dialogue import NO_SMTPUTF8
from .envelope import EnvelopeError
from .network import is_pyopenssl
from .reply import ConnectionLost, ProtocolError, Reply, SmtpError, TimedOut
from .scope import Scope, judge
from .transaction import Phase

LOGIN_REFUSED = "login refused"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure. `transient` means that it may pass without anybody changing something.

    `seconds` is how long the server wants to be left alone, 0 if it says nothing of that.
    """

    phase: Phase
    reply: Reply | None
    problem: str
    transient: bool
    scope: Scope
    seconds: int = 0

    @property
    def words(self) -> str:
        """The server's reply, and what went wrong: for logs and reasons."""
        if not self.reply:
            return self.problem
        return f"{self.reply} ({self.problem})" if self.problem else str(self.reply)


# Ordered: (words of OpenSSL's or urllib3's text, problem, transient). The spelling changed from OpenSSL 1.1 ("self
# signed") to 3 ("self-signed"); a reason with underscores is compared with spaces.
_TLS_PROBLEMS = tuple(
    (re.compile(words), problem, transient)
    for words, problem, transient in (
        # The server's word on our certificate: Odoo can log in with one.
        (
            "alert (bad certificate|certificate|unknown ca|access denied)",
            "server did not accept the client certificate",
            False,
        ),
        ("certificate has expired", "server's certificate has expired", False),
        ("certificate is not yet valid", "server's certificate is not valid yet", False),
        ("self[- ]signed", "server's certificate is self-signed", False),
        ("unable to (get|verify)", "server's certificate was issued by an unknown authority", False),
        ("certificate revoked", "server's certificate was revoked", False),
        ("hostname mismatch|address mismatch|doesn't match", "server's certificate is for another host", False),
        ("certificate verify failed", "server's certificate could not be verified", False),
        (
            "key values mismatch|unable to load certificate|no start line|bad end line",
            "client certificate or its key is unusable",
            False,
        ),
        # A plain-text server; also Exim, when it hangs up inside TLS with a last line in plain text.
        ("wrong version number|record layer failure|http request", "server does not speak TLS on this port", False),
        (
            "protocol version|unsupported protocol|no protocols available|no shared cipher|no ciphers available"
            "|handshake failure|insufficient security|key too small|legacy renegotiation",
            "no TLS version or cipher in common",
            False,
        ),
        # Dovecot hangs up without an alert when no version fits, so a passing fault is not certain.
        ("eof|zeroreturn|syscall", "connection lost in the TLS handshake", True),
    )
)

_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})


def diagnose(error: BaseException) -> Failure:
    """Say what an exception on the way to a usable session means. What is unknown counts as transient."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        failure = _known(cause)
        if failure:
            return failure
        # Whoever wraps the exception (Odoo: UserError, MailDeliveryException) keeps the original behind it.
        cause = cause.__cause__ or cause.__context__
    return _server(Phase.CONNECT, f"unexpected error ({type(error).__name__})")


def _known(error: BaseException) -> Failure | None:
    for kind, describe in _KINDS:
        if isinstance(error, kind):
            return describe(error)
    # urllib3's CertificateError is a ValueError; Odoo raises it in pyOpenSSL's check of the host name.
    if is_pyopenssl(error) or type(error).__name__ == "CertificateError":
        return _tls(error)
    return None


def _server(phase: Phase, problem: str, transient: bool = True) -> Failure:
    return Failure(phase, None, problem, transient, Scope.SERVER)


def _replied(phase: Phase, code: int, text: bytes | str) -> Failure:
    """A failure with a reply; smtplib gives -1 for a reply that it could not read."""
    if not 200 <= code <= 599:
        return _server(phase, ProtocolError.problem)
    reply, problem = Reply.of(code, text), ""
    verdict = judge(phase, reply)
    if phase is Phase.AUTH:  # the rest may be what was sent to log in
        reply, problem = Reply.of(code, str(reply.enhanced or "")), LOGIN_REFUSED
    # There is no usable session yet, so who closes it (421) speaks of the server.
    scope = Scope.SERVER if verdict.scope is Scope.CONNECTION else verdict.scope
    return Failure(phase, reply, problem, not reply.is_permanent, scope, verdict.seconds)


def _response(error: smtplib.SMTPResponseException) -> Failure:
    for kind, phase in (
        (smtplib.SMTPConnectError, Phase.CONNECT),
        (smtplib.SMTPHeloError, Phase.CONNECT),
        (smtplib.SMTPAuthenticationError, Phase.AUTH),
        (smtplib.SMTPSenderRefused, Phase.MAIL),
        (smtplib.SMTPDataError, Phase.DATA),
    ):
        if isinstance(error, kind):
            return _replied(phase, error.smtp_code, error.smtp_error)
    if error.smtp_error == "Line too long.":  # smtplib's own words, not the server's: those are bytes
        return _server(Phase.CONNECT, ProtocolError.problem)
    return _replied(Phase.TLS, error.smtp_code, error.smtp_error)  # starttls() raises the bare class


def _recipients(error: smtplib.SMTPRecipientsRefused) -> Failure:
    replies = list(error.recipients.values())
    code, text = replies[0] if replies else (-1, b"")
    return _replied(Phase.RCPT, code, text)


def _not_supported(error: smtplib.SMTPNotSupportedError) -> Failure:
    text = str(error).lower()
    if "utf8" in text:
        return Failure(Phase.LOCAL, None, NO_SMTPUTF8, False, Scope.MAIL)
    if "starttls" in text:
        return _server(Phase.TLS, "server does not offer STARTTLS", transient=False)
    return _server(Phase.AUTH, "server does not offer a login", transient=False)


def _disconnected(error: smtplib.SMTPServerDisconnected) -> Failure:
    # smtplib keeps the socket's error as the context: a timeout, a TLS error, a reset.
    failure = _known(error.__context__) if isinstance(error.__context__, OSError) else None
    return failure or _server(Phase.CONNECT, ConnectionLost.problem)


def _other_smtplib(error: smtplib.SMTPException) -> Failure:
    # "No suitable authentication method found.", or a login whose challenges never end
    return _server(Phase.AUTH, "no login method in common", transient=False)


def _tls(error: BaseException) -> Failure:
    text = str(error).lower().replace("_", " ")
    for words, problem, transient in _TLS_PROBLEMS:
        if words.search(text):
            return _server(Phase.TLS, problem, transient)
    return _server(Phase.TLS, "TLS error")


def _name_lookup(error: socket.gaierror) -> Failure:
    # Also "not found" may pass: a resolver without its network answers so.
    known = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
    return _server(Phase.CONNECT, "host name not found" if known else "name server does not answer")


def _timeout(error: TimeoutError) -> Failure:
    return _server(Phase.TLS if "handshake" in str(error) else Phase.CONNECT, TimedOut.problem)


def _os_error(error: OSError) -> Failure:
    if isinstance(error, ConnectionRefusedError):
        return _server(Phase.CONNECT, "connection refused")
    if isinstance(error, ConnectionError):
        return _server(Phase.CONNECT, ConnectionLost.problem)
    return _server(Phase.CONNECT, "host unreachable" if error.errno in _UNREACHABLE else "network error")


def _unicode(error: UnicodeError) -> Failure:
    # smtplib encodes user name and password in ASCII; whatever else is encoded on the way is the host name.
    if isinstance(error, UnicodeEncodeError) and error.encoding == "ascii":
        return _server(Phase.AUTH, "user name or password has characters that the login cannot carry", transient=False)
    return _server(Phase.CONNECT, "host name is not valid", transient=False)


# Ordered: smtplib's exceptions, TLS errors, name lookup and timeouts are all OSError, a UnicodeError is a ValueError.
_KINDS: tuple[tuple[type[BaseException], Callable[[Any], Failure]], ...] = (
    (smtplib.SMTPResponseException, _response),
    (smtplib.SMTPRecipientsRefused, _recipients),
    (smtplib.SMTPNotSupportedError, _not_supported),
    (smtplib.SMTPServerDisconnected, _disconnected),
    (smtplib.SMTPException, _other_smtplib),
    (SmtpError, lambda error: _server(Phase.CONNECT, error.problem)),
    (ssl.SSLError, _tls),
    (socket.gaierror, _name_lookup),
    (TimeoutError, _timeout),
    (OSError, _os_error),
    (EnvelopeError, lambda error: Failure(Phase.LOCAL, None, str(error), False, Scope.MAIL)),
    (UnicodeError, _unicode),
    (binascii.Error, lambda _error: _server(Phase.AUTH, ProtocolError.problem)),  # a challenge that is no base64
)
