"""NAME
    trouble – what a reply that is no success, or an exception, means for the mails

SYNOPSIS
    from_reply(phase, reply, address) -> Failure
    from_exception(error) -> Failure
    retry_after(text) -> seconds | None

DESCRIPTION
    Whoever gets a 4yz or 5yz reply, or an exception instead of one, asks here and nowhere else. The answer has three
    parts: the outcome of the recipients concerned, the scope of the failure (who else would meet the same), and how
    long to leave that alone. It stores nothing, waits for nothing and closes nothing: that is the caller's business.

    SERVER, ACCOUNT
        Every mail over this server, or with this login, would fail alike: connection, TLS, name resolution, overload,
        login, sending limits. The caller suspends the server; the mail is deferred whatever the reply's class, as in
        "550 5.4.5 Daily sending limit" (Gmail). 530 wants STARTTLS or a login first (RFC 3207 §4, RFC 4954 §6).
    CONNECTION
        This connection has had enough, the next one may do; 421 most of all (RFC 5321 §3.8). The mail is deferred.
        Where there was no session yet, who closes the connection speaks of the server.
    TRANSACTION
        Too many recipients, or not these together (RFC 5321 §4.5.3.1.10, which wants 552 to be taken for 452). The
        recipient is deferred and belongs into the next transaction at once, see `recipient_limit`.
    MAIL
        This mail, or this recipient of it, alone. 4yz defers, 5yz refuses (RFC 5321 §4.2.1).

    An exception without a reply is the server's failure and transient; one about the envelope, or about SMTPUTF8, is
    the mail's. Of a reply to AUTH only the codes are kept: the rest may be what was sent to log in. No text of an
    exception is passed on, it may hold a password: `problem` is a few stable English words.

EXAMPLES
    >>> failure = from_reply(Phase.RCPT, Reply.parse([b"550 5.1.1 No such user"]), "a@example.com")
    >>> failure.outcome.value, failure.scope.value, failure.seconds
    ('refused', 'mail', 0)
    >>> failure = from_reply(Phase.CONTENT, Reply.parse([b"550 5.4.5 Daily user sending limit exceeded."]))
    >>> failure.outcome.value, failure.scope.value, failure.seconds
    ('deferred', 'account', 86400)
    >>> import smtplib
    >>> failure = from_exception(smtplib.SMTPAuthenticationError(535, b"5.7.8 Error: authentication failed"))
    >>> failure.phase.value, failure.scope.value, failure.text
    ('auth', 'account', '535 5.7.8 (login refused)')
    >>> from_exception(ConnectionRefusedError(111, "Connection refused")).text
    'connection refused'

SEE ALSO
    scope       the rules by which a reply's scope is found
    diagnosis   the exceptions of smtplib, ssl, socket, pyOpenSSL, and what they say
    dialogue    which recipients a reply is about: one, or all of the transaction
    tools/retry.py  when a deferred mail, or a suspended server, is tried again
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .diagnosis import read_exception
from .reply import Reply
from .scope import Scope, judge
from .transaction import Outcome, Phase

__all__ = ["LOGIN_REFUSED", "Failure", "Scope", "from_exception", "from_reply", "retry_after"]

LOGIN_REFUSED: Final = "login refused"
_LONGEST: Final = 24 * 60 * 60  # seconds
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RETRY_AFTER: Final = re.compile(
    r"(?:try|retry|again|wait|retry-after)\D{0,40}?(\d{1,5})\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: where it happened, what was said, and what it means.

    `seconds` is how long what is in scope has to be left alone, at most a day; 0 if nobody said that.
    """

    phase: Phase
    reply: Reply | None
    problem: str
    outcome: Outcome
    scope: Scope
    seconds: int = 0

    @property
    def text(self) -> str:
        """The server's reply, and what went wrong: for logs and reasons."""
        if not self.reply:
            return self.problem
        return f"{self.reply} ({self.problem})" if self.problem else str(self.reply)


def from_reply(phase: Phase, reply: Reply, address: str = "") -> Failure:
    """Say what a 4yz or 5yz reply means.

    :param phase: the step that it answers
    :param address: the recipient, for a reply to RCPT
    """
    scope, limit = judge(phase, reply, address)
    outcome = Outcome.REFUSED if scope is Scope.MAIL and not reply.is_transient else Outcome.DEFERRED
    return Failure(phase, reply, "", outcome, scope, _rest(reply, limit))


def from_exception(error: BaseException) -> Failure:
    """Say what an exception on the way to a usable session means. What is unknown is the server's failure."""
    phase, reply, problem = read_exception(error)
    if reply is None:
        scope = Scope.MAIL if phase is Phase.LOCAL else Scope.SERVER
        return Failure(phase, None, problem, Outcome.DEFERRED, scope)
    scope, limit = judge(phase, reply)
    if scope is Scope.CONNECTION:
        scope = Scope.SERVER
    if phase is Phase.AUTH:
        reply, problem = Reply.of(reply.code, str(reply.enhanced or "")), LOGIN_REFUSED
    return Failure(phase, reply, problem, Outcome.DEFERRED, scope, _rest(reply, limit))


def retry_after(text: str) -> int | None:
    """Return the seconds after which a reply wants the client to come back; None if it names none.

    >>> retry_after("Greylisted, please try again in 5 minutes")
    300
    >>> retry_after("Greylisted, please try again later") is None
    True
    """
    found = _RETRY_AFTER.search(text)
    return int(found[1]) * _UNITS[found[2][0].lower()] if found else None


def _rest(reply: Reply, limit: int) -> int:
    """What the reply asks for goes before the time of the limit that it speaks of."""
    return min(retry_after(str(reply)) or limit, _LONGEST)
