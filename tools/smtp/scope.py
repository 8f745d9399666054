"""Of whom a 4yz or 5yz reply speaks: this mail, the account, the server (RFC 5321 §3.8, §4.5.3.1.10).

The rules behind `trouble`, which is whom to ask. The step that it answers and its enhanced status code (RFC 3463 §3)
count before its text: the same "daily limit" is one recipient's own at RCPT with 4.2.2, and ours at MAIL. The text
counts where a status says little ("x.7.1", or none), and for the few providers that use a status against its meaning.

>>> judge(Phase.RCPT, Reply.parse([b"452 4.2.2 <a@example.com>: over quota, 500 mails per day"]), "a@example.com")
Verdict(scope=<Scope.MAIL: 'mail'>, seconds=0)
>>> judge(Phase.RCPT, Reply.parse([b"452 4.5.3 Too many recipients"]), "a@example.com").scope.value
'transaction'
>>> judge(Phase.CONTENT, Reply.parse([b"550 5.4.5 Daily user sending limit exceeded."]))
Verdict(scope=<Scope.ACCOUNT: 'account'>, seconds=86400)
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from .reply import Reply
from .transaction import Phase

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_SEARCHED: Final = 1000  # characters at the begin of a reply


class Scope(str, Enum):
    """Whose fault it is, and so what has to wait."""

    SERVER = "server"  # connection, TLS, name resolution, overload: every mail for this server would fail alike
    ACCOUNT = "account"  # login, sending limits: every mail with this login would
    CONNECTION = "connection"  # this connection has had enough; the next one may do
    TRANSACTION = "transaction"  # not in this transaction: at once in the next one
    MAIL = "mail"  # this mail, or this recipient of it, alone

    @property
    def is_of_all_mails(self) -> bool:
        """True if no other mail over this server and login would do better now."""
        return self in (Scope.SERVER, Scope.ACCOUNT)


class Verdict(NamedTuple):
    """Of whom a reply speaks, and the seconds after which the limit that it speaks of ends (0: of none)."""

    scope: Scope
    seconds: int = 0


def _rules(*rules: tuple[str, Scope, int]) -> tuple[tuple[re.Pattern[str], Verdict], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), Verdict(scope, seconds)) for pattern, scope, seconds in rules)


# Providers that use a status against its meaning, or a text that leaves no doubt. They count at every step, and first.
_PROVIDERS: Final = _rules(
    (r"5\.4\.5\b", Scope.ACCOUNT, _DAY),  # Gmail: daily sending limit; RFC 3463 says congestion
    (r"[45]\.1\.90\b", Scope.ACCOUNT, _DAY),  # Microsoft: recipients a day
    (r"5\.7\.(?:23[23]|705)\b", Scope.ACCOUNT, _DAY),  # Microsoft: the tenant's limit
    (r"SubmissionQuotaExceeded|OutboundSpamException", Scope.ACCOUNT, _DAY),  # Microsoft, with 5.2.0
    (r"SMTP relay limit exceeded for customer", Scope.ACCOUNT, _HOUR),  # Gmail, with 4.2.1
    (r"5\.4\.6 unusual sending activity", Scope.ACCOUNT, _HOUR),  # Zoho
    (r"^432 |[45]\.4\.5\b|concurrent connections limit", Scope.SERVER, _MINUTE),  # Exchange, Gmail: server busy
    (r"(?:mails?|messages?|emails?) per (?:session|connection)", Scope.CONNECTION, 0),  # IONOS
    (r"too many (?:mails|messages|emails) (?:in|on) this (?:session|connection)", Scope.CONNECTION, 0),  # Exim
)
# Time after time: a limit that a new transaction does not lift.
_LIMITS: Final = _rules(
    (r"\b(?:daily|today|24[- ]?h(?:ou)?rs?|(?:per|a|this|last) day)\b|/ ?day\b", Scope.ACCOUNT, _DAY),
    (r"\b(?:hourly|hour limit|(?:per|an|this|last) hour|60 minutes)\b|/ ?h(?:ou)?r?\b", Scope.ACCOUNT, _HOUR),
    (r"too many (?:concurrent )?connections|connection rate limit", Scope.SERVER, _MINUTE),
    (r"too many recipients from|too much mail from|too many (?:mails|messages|emails)\b", Scope.SERVER, _MINUTE),
    (r"(?:sending|send|message|mail|recipient|submission) rate\b|rate[- ]?limit|throttl", Scope.ACCOUNT, _MINUTE),
    (r"\byou(?:'ve| have)? (?:exceeded|reached|hit) (?:your|the|a)\b.{0,40}\b(?:limit|quota)", Scope.ACCOUNT, _HOUR),
    (r"unusual rate|(?:sending|outgoing|outbound|send) (?:limit|quota)", Scope.ACCOUNT, _HOUR),
)
# A day or an hour alone is no limit ("our office opens at 8 every day").
_IS_LIMIT: Final = re.compile(
    r"limit|quota|exceed|throttl|too many|too much|maxim|\brate\b|only \d|reached|allowed", re.IGNORECASE
)
_NOT_IN_THIS: Final = re.compile(
    r"too many (?:recipients|rcpts?|addresses|users)|recipients? (?:count|limit|maximum)"
    r"|maximum (?:number of )?recipients"
    r"|(?:recipients|rcpts) per|(?:separate|another|different|single|per|same) (?:smtp )?transaction"
    r"|multiple destination domains|(?:one|single|1) recipient (?:at a time|per|only)|only (?:one|1) recipient",
    re.IGNORECASE,
)
_OF_RECIPIENT: Final = re.compile(
    r"mailbox|incoming|inbound|\bthis (?:user|recipient|address|account)|recipient(?:'s| has| is| server)"
    r"|user (?:is|has|you are trying)|is receiving",
    re.IGNORECASE,
)
_OF_SENDER: Final = re.compile(
    r"\byou\b|\byour\b|sender|sending|outgoing|outbound|client|submission|sasl", re.IGNORECASE
)


def judge(phase: Phase, reply: Reply, address: str = "") -> Verdict:
    """Tell of whom a 4yz or 5yz reply speaks.

    :param phase: the step that it answers
    :param address: the recipient, for a reply to RCPT
    """
    if not (reply.is_transient or reply.is_permanent):
        return Verdict(Scope.MAIL)
    if phase in (Phase.CONNECT, Phase.TLS):
        return Verdict(Scope.SERVER, _stated_limit(str(reply)[:_SEARCHED]))
    if phase is Phase.AUTH or reply.code == 530:  # 530: it wants STARTTLS or a login first (RFC 3207 §4, RFC 4954 §6)
        return Verdict(Scope.ACCOUNT, _stated_limit(str(reply)[:_SEARCHED]))
    text = f"{reply.code} {reply.text[:_SEARCHED]}"
    if known := _first(_PROVIDERS, text):
        return known
    subject = reply.enhanced.subject if reply.enhanced else 0
    if subject in (1, 2) and phase is not Phase.MAIL:  # address, mailbox
        return Verdict(Scope.MAIL)
    limit = _first(_LIMITS, text) if _IS_LIMIT.search(text) else None
    if phase is not Phase.MAIL and not limit and _is_too_many(reply, text):
        return Verdict(Scope.TRANSACTION)
    if limit and not (phase is not Phase.MAIL and _is_of_recipient(text, address)):
        return limit
    if reply.closes_channel:  # whomever it was talking to
        return Verdict(Scope.SERVER, _MINUTE) if subject == 3 else Verdict(Scope.CONNECTION)
    return Verdict(Scope.MAIL)


def _first(rules: tuple[tuple[re.Pattern[str], Verdict], ...], text: str) -> Verdict | None:
    return next((verdict for pattern, verdict in rules if pattern.search(text)), None)


def _stated_limit(text: str) -> int:
    """The seconds of a limit that a greeting, or a refused connection, speaks of; 0 if it speaks of none."""
    limit = _first(_PROVIDERS, text) or (_first(_LIMITS, text) if _IS_LIMIT.search(text) else None)
    return limit.seconds if limit else 0


def _is_too_many(reply: Reply, text: str) -> bool:
    """Tell whether the server takes the recipient, but not beside so many, or those, others.

    RFC 5321 §4.5.3.1.10 has 452 for that, and wants 552 to be taken for it.
    """
    status = reply.enhanced
    if status and (status.subject, status.detail) == (5, 3):
        return True
    says_little = status is None or status.subject in (0, 5, 7) or (status.subject, status.detail) == (3, 0)
    return says_little and _NOT_IN_THIS.search(text) is not None


def _is_of_recipient(text: str, address: str) -> bool:
    """Tell whether a limit is the recipient's own.

    A policy service speaks through Postfix, which puts the recipient's address before everything: "<a@example.com>:
    Recipient address rejected: your sending limit".
    """
    named = bool(address) and address.lower() in text.lower()
    return (named or _OF_RECIPIENT.search(text) is not None) and not _OF_SENDER.search(
        text.lower().replace(address.lower(), "") if address else text
    )
