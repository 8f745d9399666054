"""What an exception says of the making of a connection (RFC 5321 §3.1; STARTTLS: RFC 3207 §4; AUTH: RFC 4954 §4).

The exceptions of smtplib, ssl, socket and pyOpenSSL say it in many ways; here it becomes one Diagnosis: how far it
came, and the server's reply if there is one, else a problem in a few stable English words. What that means, and for
whom, is `trouble`'s business, which is whom to ask.

>>> read_exception(ConnectionRefusedError(111, "Connection refused")).problem
'connection refused'
>>> read_exception(ssl.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)")).problem
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
from typing import Any, NamedTuple

from .envelope import NO_SMTPUTF8, EnvelopeError
from .network import is_pyopenssl
from .reply import ConnectionLost, ProtocolError, Reply, SmtpError, TimedOut
from .transaction import Phase


class Diagnosis(NamedTuple):
    """The step that failed, and either the reply or the problem, "" where there is a reply."""

    phase: Phase
    reply: Reply | None
    problem: str


# Ordered: (words of OpenSSL's or urllib3's text, problem). The spelling changed from OpenSSL 1.1 ("self
# signed") to 3 ("self-signed"); a reason with underscores is compared with spaces.
_TLS_PROBLEMS = tuple(
    (re.compile(words), problem)
    for words, problem in (
        # The server's word on our certificate: Odoo can log in with one.
        (
            "alert (bad certificate|certificate|unknown ca|access denied)",
            "server did not accept the client certificate",
        ),
        ("certificate has expired", "server's certificate has expired"),
        ("certificate is not yet valid", "server's certificate is not valid yet"),
        ("self[- ]signed", "server's certificate is self-signed"),
        ("unable to (get|verify)", "server's certificate was issued by an unknown authority"),
        ("certificate revoked", "server's certificate was revoked"),
        ("hostname mismatch|address mismatch|doesn't match", "server's certificate is for another host"),
        ("certificate verify failed", "server's certificate could not be verified"),
        (
            "key values mismatch|unable to load certificate|no start line|bad end line",
            "client certificate or its key is unusable",
        ),
        # A plain-text server; also Exim, when it hangs up inside TLS with a last line in plain text.
        ("wrong version number|record layer failure|http request", "server does not speak TLS on this port"),
        (
            "protocol version|unsupported protocol|no protocols available|no shared cipher|no ciphers available"
            "|handshake failure|insufficient security|key too small|legacy renegotiation",
            "no TLS version or cipher in common",
        ),
        # Also Dovecot's way, without an alert, to say that no version fits.
        ("eof|zeroreturn|syscall", "connection lost in the TLS handshake"),
    )
)

_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})


def read_exception(error: BaseException) -> Diagnosis:
    """Say what an exception on the way to a usable session tells, or one of those behind it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        known = _known(cause)
        if known:
            return known
        # Whoever wraps the exception (Odoo: UserError, MailDeliveryException) keeps the original behind it.
        cause = cause.__cause__ or cause.__context__
    return _failed(Phase.CONNECT, f"unexpected error ({type(error).__name__})")


def _known(error: BaseException) -> Diagnosis | None:
    for kind, describe in _KINDS:
        if isinstance(error, kind):
            return describe(error)
    # urllib3's CertificateError is a ValueError; Odoo raises it in pyOpenSSL's check of the host name.
    if is_pyopenssl(error) or type(error).__name__ == "CertificateError":
        return _tls(error)
    return None


def _failed(phase: Phase, problem: str) -> Diagnosis:
    return Diagnosis(phase, None, problem)


def _replied(phase: Phase, code: int, text: bytes | str) -> Diagnosis:
    """A failure with a reply; smtplib gives -1 for a reply that it could not read."""
    if not 200 <= code <= 599:
        return _failed(phase, ProtocolError.problem)
    return Diagnosis(phase, Reply.of(code, text), "")


def _response(error: smtplib.SMTPResponseException) -> Diagnosis:
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
        return _failed(Phase.CONNECT, ProtocolError.problem)
    return _replied(Phase.TLS, error.smtp_code, error.smtp_error)  # starttls() raises the bare class


def _recipients(error: smtplib.SMTPRecipientsRefused) -> Diagnosis:
    replies = list(error.recipients.values())
    code, text = replies[0] if replies else (-1, b"")
    return _replied(Phase.RCPT, code, text)


def _not_supported(error: smtplib.SMTPNotSupportedError) -> Diagnosis:
    text = str(error).lower()
    if "utf8" in text:
        return _failed(Phase.LOCAL, NO_SMTPUTF8)
    if "starttls" in text:
        return _failed(Phase.TLS, "server does not offer STARTTLS")
    return _failed(Phase.AUTH, "server does not offer a login")


def _disconnected(error: smtplib.SMTPServerDisconnected) -> Diagnosis:
    # smtplib keeps the socket's error as the context: a timeout, a TLS error, a reset.
    known = _known(error.__context__) if isinstance(error.__context__, OSError) else None
    return known or _failed(Phase.CONNECT, ConnectionLost.problem)


def _other_smtplib(error: smtplib.SMTPException) -> Diagnosis:
    # "No suitable authentication method found.", or a login whose challenges never end
    return _failed(Phase.AUTH, "no login method in common")


def _tls(error: BaseException) -> Diagnosis:
    text = str(error).lower().replace("_", " ")
    for words, problem in _TLS_PROBLEMS:
        if words.search(text):
            return _failed(Phase.TLS, problem)
    return _failed(Phase.TLS, "TLS error")


def _name_lookup(error: socket.gaierror) -> Diagnosis:
    # Also "not found" may pass: a resolver without its network answers so.
    known = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
    return _failed(Phase.CONNECT, "host name not found" if known else "name server does not answer")


def _timeout(error: TimeoutError) -> Diagnosis:
    return _failed(Phase.TLS if "handshake" in str(error) else Phase.CONNECT, TimedOut.problem)


def _os_error(error: OSError) -> Diagnosis:
    if isinstance(error, ConnectionRefusedError):
        return _failed(Phase.CONNECT, "connection refused")
    if isinstance(error, ConnectionError):
        return _failed(Phase.CONNECT, ConnectionLost.problem)
    return _failed(Phase.CONNECT, "host unreachable" if error.errno in _UNREACHABLE else "network error")


def _unicode(error: UnicodeError) -> Diagnosis:
    # smtplib encodes user name and password in ASCII; whatever else is encoded on the way is the host name.
    if isinstance(error, UnicodeEncodeError) and error.encoding == "ascii":
        return _failed(Phase.AUTH, "user name or password has characters that the login cannot carry")
    return _failed(Phase.CONNECT, "host name is not valid")


# Ordered: smtplib's exceptions, TLS errors, name lookup and timeouts are all OSError, a UnicodeError is a ValueError.
_KINDS: tuple[tuple[type[BaseException], Callable[[Any], Diagnosis]], ...] = (
    (smtplib.SMTPResponseException, _response),
    (smtplib.SMTPRecipientsRefused, _recipients),
    (smtplib.SMTPNotSupportedError, _not_supported),
    (smtplib.SMTPServerDisconnected, _disconnected),
    (smtplib.SMTPException, _other_smtplib),
    (SmtpError, lambda error: _failed(Phase.CONNECT, error.problem)),
    (ssl.SSLError, _tls),
    (socket.gaierror, _name_lookup),
    (TimeoutError, _timeout),
    (OSError, _os_error),
    (EnvelopeError, lambda error: _failed(Phase.LOCAL, str(error))),
    (UnicodeError, _unicode),
    (binascii.Error, lambda _error: _failed(Phase.AUTH, ProtocolError.problem)),  # a challenge that is no base64
)
