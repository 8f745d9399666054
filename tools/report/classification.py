"""From what a report says to status, reply code and hard or soft (RFC 3463 §2–3, RFC 5321 §4.2.1).

Contract: pure choice between codes that stand in the report; none is invented except the X.0.0 that says just
the class. A fine code beats a vague one wherever it stands, for many gateways write `Status: 5.0.0` and keep
what the other server really said in the diagnostic text.

>>> pick_status(EnhancedStatus(5, 0, 0), "smtp; 550 5.1.1 <a@dest.test>... User unknown")
EnhancedStatus(klass=5, subject=1, detail=1)
>>> classify(RawRecipient("a@dest.test", diagnostic="550 5.2.2 Mailbox full")).hard
False
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..smtp.enhanced_status import EnhancedStatus
from .cause import Cause, cause_of
from .model import Action, RecipientReport
from .result import Result
from .wording import any_of

_CODE = re.compile(r"(?<![\w.])[245]\.[0-7]\.\d{1,3}(?!\w|\.\d)")
_REPLY = re.compile(r"(?<![\w.@/\[-])([245][0-5]\d)(?=[ \-:,;#<]|$)", re.M)
_REPLY_LOOSE = re.compile(r"(?:said:?|returned|error:?|code:?|response:?|#|<|\()\s*([245]\d\d)\b", re.I)
_ADDRESSES = re.compile(r"<[^<>\s]{1,200}@[^<>\s]{1,200}>")
_SPACE = re.compile(r"\s+")
# At which command the other server said it, in the words of Postfix, Exim, qmail, Sendmail, DragonFly, Yahoo, X3.
_AT_RCPT = any_of(
    r"(?:in reply to|after|our|during|>>>|SMTP:|in|for) ?RCPT(?: TO)?|RCPT (?:TO )?command|\[RCPT_TO\]|\(RCPT\b",
    r"does not like recipient|RCPT TO:|\(state 1[24]\)|rejected recipient|has rejected address",
    r"Requested action not taken: mailbox unavailable",
)
_AT_OTHER = any_of(
    r"(?:in reply to|after|our|during|>>>|SMTP:) ?(?:final |end of )*(?:DATA|MAIL|EHLO|HELO|QUIT)|SMTP command DATA",
    r"end of (?:DATA|message)|failed after I sent|sender was rejected|\[(?:BODY|DATA|MAIL_FROM)\]|\(state 1[3578]\)",
    r"refused to talk",
)
_AT_START = any_of(
    r"(?:in reply to|after|our|during|>>>|SMTP:) ?(?:MAIL|EHLO|HELO)|sender was rejected|refused to talk",
)
# Codes of an address that cannot get mail: bad mailbox, bad domain, bad syntax, moved, null MX, no host.
_HARD = re.compile(r"5\.1\.(?:[0-3]|6|10|351)|5\.4\.4")
# Codes that name another cause for sure, whatever the words say beside them.
_SOFT = re.compile(r"5\.(?:1\.[78]|2\.[234]|3\.4|4\.[67]|6\.\d{1,3}|7\.2\d)")
# "Policy": where the words say that there is no such mailbox, the words count.
_POLICY = re.compile(r"5\.7\.(?:[2-9]|\d\d{1,2})")
# Words that speak of the mailbox, and not only of a "user unknown", as filters after DATA do.
_NO_MAILBOX = any_of(
    r"(?:mail[ -]?box|rcpt|recipient|address|account|user)\b.{0,80}(?:not found|n[o'’]t exist|invalid|no longer)",
    r"invalid (?:mail ?box|recipient|address)|no such (?:mail ?box|recipient|address)",
    r"(?:does ?n.?t|does not) have an? .{0,80}(?:account|mailbox)|unknown (?:mail ?box|recipient|address)",
)


@dataclass(frozen=True, slots=True)
class RawRecipient:
    """What one report says about one recipient, before it is classified."""

    recipient: str
    original_recipient: str = ""
    action: Action | None = Action.FAILED
    status: str = ""  # the Status field as written
    diagnostic: str = ""
    context: str = ""  # the human text, which may tell at which command it failed
    remote_mta: str = ""
    retry_until: str = ""
    hard_hint: bool | None = None  # where the system itself says hard or soft


def one_line(text: str) -> str:
    """The text on one line."""
    return _SPACE.sub(" ", text).strip()


def codes_in(text: str) -> list[EnhancedStatus]:
    """Every enhanced status code in the text, in order."""
    found = (EnhancedStatus.parse(code) for code in _CODE.findall(text))
    return [code for code in found if code]


def reply_code_in(text: str) -> int | None:
    """The reply code of the last server in the text, None if there is none."""
    found = _REPLY.search(_ADDRESSES.sub("", text)) or _REPLY_LOOSE.search(text)
    return int(found.group(1)) if found else None


def rank(code: EnhancedStatus) -> int:
    """How much a code tells."""
    if code.detail == 0:
        return 1 if code.subject else 0
    return 2 if (code.subject, code.detail) == (4, 7) else 3  # "expired" hides why it could not be delivered


def pick_status(field: EnhancedStatus | None, diagnostic: str) -> EnhancedStatus | None:
    """The finest code: of the field, else of the diagnostic text."""
    codes = [code for code in codes_in(diagnostic) if code.klass != 2]
    best = max(codes, key=rank, default=None)
    if best is None or field is None:
        return best or field
    # Sendmail writes the code of the recipient it thinks of and not the one the server gave.
    same_class = best.klass == field.klass
    return best if rank(best) > rank(field) or (same_class and rank(best) == rank(field)) else field


def classify(raw: RawRecipient) -> RecipientReport:
    """The report on one recipient, with its status, reply code and hard or soft chosen."""
    diagnostic = one_line(raw.diagnostic[:8000])[:4000]
    field = next(iter(codes_in(raw.status)), None)
    status = pick_status(field, diagnostic)
    reply = reply_code_in(diagnostic)
    action = raw.action or _action_of(status)
    if status is None:
        status = _class_only(reply, action)
    return RecipientReport(
        recipient=raw.recipient,
        original_recipient=raw.original_recipient,
        action=action,
        result=Result(action.value),
        status=status,
        hard=_is_hard(raw, status, diagnostic, action),
        diagnostic=diagnostic,
        reply_code=reply,
        remote_mta=raw.remote_mta,
        retry_until=raw.retry_until,
    )


def _action_of(status: EnhancedStatus | None) -> Action:
    return Action.DELIVERED if status and status.klass == 2 else Action.FAILED


def _class_only(reply: int | None, action: Action) -> EnhancedStatus:
    """X.0.0: "other undefined status" (RFC 3463 §3.1) of the class known."""
    if reply and reply >= 400:
        return EnhancedStatus(reply // 100, 0, 0)
    return EnhancedStatus({Action.FAILED: 5, Action.DELAYED: 4}.get(action, 2), 0, 0)


def _is_hard(raw: RawRecipient, status: EnhancedStatus, diagnostic: str, action: Action) -> bool | None:
    if action is not Action.FAILED:
        return False if action is Action.DELAYED else None
    if raw.hard_hint is not None:
        return raw.hard_hint
    code = str(status)
    cause = cause_of(diagnostic)
    if cause is Cause.NO_ADDRESS:
        return True
    if status.klass != 5 or _SOFT.fullmatch(code):
        return False
    if cause is Cause.USER_UNKNOWN:
        return bool(_HARD.fullmatch(code)) or _said_of_recipient(raw, diagnostic)
    if _POLICY.fullmatch(code):
        return False
    if cause not in (None, Cause.VAGUE, Cause.CONNECTION):
        return cause.hard
    return bool(_HARD.fullmatch(code))


def _said_of_recipient(raw: RawRecipient, diagnostic: str) -> bool:
    """True when "user unknown" answers RCPT, or is the finding of the reporting system itself.

    Said after DATA, or in a text at a step that is not told, a bare "user unknown" is often how filters refuse a mail
    they do not want (docomo, au, m-FILTER, McAfee): the next mail may pass, so that it is not hard. Yahoo, Mail.ru and
    others tell only after DATA that there is no such mailbox, and name the mailbox.
    """
    if _AT_START.search(diagnostic):
        return False
    for text in (diagnostic, raw.status, raw.context[:8000]):
        at_rcpt, at_other = _steps(text)
        if at_other:
            return (at_rcpt and text is not diagnostic) or bool(_NO_MAILBOX.search(diagnostic))
        if at_rcpt:
            return True
    return "5.2." not in f"{raw.status} {diagnostic}"


@lru_cache(maxsize=4)  # the recipients of a report share the text around them
def _steps(text: str) -> tuple[bool, bool]:
    """Whether the text speaks of an answer to RCPT, and of one to another command."""
    return bool(_AT_RCPT.search(text)), bool(_AT_OTHER.search(text))
