"""The last resort: a bounce of a mail system that no form knows (RFC 5321 §4.5.5: a notification to the sender).

Contract: only for mails that a mail system wrote, with a failure in the subject or in the words, and only for
addresses that the mail itself names as the failed ones. In doubt it says nothing.

>>> source = b"From: MAILER-DAEMON@mx.test\\nSubject: Undeliverable\\n\\na@dest.test: 550 no such user\\n"
>>> from .returned_message import find
>>> mail = Mail.read(source)
>>> [raw.recipient for raw in read(mail, find(mail))]
['a@dest.test']
"""

from __future__ import annotations

import re

from . import address, auto_reply, origin
from .cause import cause_of
from .classification import RawRecipient, codes_in, reply_code_in
from .mime import Mail
from .model import Action
from .returned_message import Returned
from .text_format import LINE, fallback, is_delay, scan, unique
from .wording import any_of

_SAID = any_of(
    r"(?:could|can|did|was|were|is|has|have|be|been)(?:n.t|not| not)?\b.{0,40}(?:deliver|reach|relay|sent|send"
    r"|accept|route|postponed)",
    r"(?:unable|failed|failure|impossible|error)\b.{0,60}(?:deliver|send|reach|relay|mail|message)|undeliver|returned",
    r"rejected|bounced|permanent(?:ly)? (?:error|fail)|fatal error|delivery (?:fail|error|problem|status)",
    r"deliver\w{0,3} .{0,80}fail|no such user|user unknown",
    r"無法|无法|失败|失敗|不存在|退信|退回|できません|не (?:может быть|было|удалось)",
)
_RECIPIENT = re.compile(
    rf"(?:recipient|rcpt|to|for|deliver\w{{0,4}}|address|user|mail ?box|reach|empf[äa]nger|destinat\w{{1,10}}"
    rf"|odbiorc\w{{1,5}}"
    rf"|adresat\w{{0,5}})s?\b[^\n@]{{0,40}}?"
    rf"(?<![^\s<\"'(\[:;,])<?(?P<rcpt>{address.PATTERN})",
    re.I,
)
_SYSTEM_NAMES = re.compile(r"(?:postmaster|mailer-daemon|abuse|support|help(?:desk)?|no-?reply|admin\w*)@", re.I)
# Lists of held mails, and lures that imitate them.
_DIGEST = re.compile(r"quarantin|digest|summary|kwarantann|held (?:mail|message)|pending (?:mail|message)", re.I)
_LURE = any_of(
    r"quarantin|kwarantann|release (?:the|your|all) |click (?:here|below|the)|(?:daily|spam) (?:digest|summary)",
)
_GREETING = re.compile(
    r"\s{0,20}(?:hi|hello|dear|hallo|cze[śs][ćc]|dzie[ńn] dobry|bonjour|hola|ciao)\b(?!.{0,5}this is)", re.I
)
_LOST_TO = any_of(
    r"not be delivered to the following (?:user|recipient)",
    r"deliver\w{0,3} (?:of )?(?:e-?mail |mail )?to (?:this|the following) address",
)
_LOST = any_of(
    r"(?:not|n.t) (?:be |been |yet be )?(?:able to )?(?:deliver|reach|sent)|unable to deliver",
    r"deliver\w{0,4} .{0,60}fail|undeliver|(?:was|is) returned|deliver.{0,80} abort|error (?:has )?occurred",
    r"(?:has|have) been (?:returned|postponed)|failed recipient|returned to sender|fail\w{0,4} to deliver|无法|退回",
)
_FILES = ("application/zip", "application/x-zip", "application/msword", "application/x-msdownload", "application/pdf")


def read(mail: Mail, returned: Returned) -> list[RawRecipient]:
    """What it says of each recipient; empty when this is no bounce or does not say whose."""
    text = returned.human
    if not _is_failure(mail, returned):
        return []
    raws = _named(mail, returned) or fallback(mail, returned)
    if not any(_tells(raw) for raw in raws) and not _tells(RawRecipient("", diagnostic=text)):
        # Named, and no reason given: the mail is lost all the same.
        is_lost = bool(_LOST.search(text[:8000])) and not origin.has_weak_name(mail)
        return raws if is_lost or "x-failed-recipients" in mail.fields else []
    delayed = is_delay(f"{mail.fields.text('subject')}\n{text}")
    return [_filled(raw, text, delayed) for raw in raws]


def _is_failure(mail: Mail, returned: Returned) -> bool:
    """A mail system tells of a failure, and it is no automatic reply, no newsletter and no lure with a file."""
    text = returned.human
    is_certain = origin.has_sure_name(mail)
    is_likely = origin.is_likely_system(mail) and _is_bounce_text(text)
    if (
        not (origin.is_system(mail) or is_likely)
        or (origin.is_bulk(mail) and not is_certain)
        or auto_reply.has_away_subject(mail)
    ):
        return False
    subject = mail.fields.text("subject")
    if origin.is_postmaster_notice(mail) or any(part.type in _FILES for part in mail.parts):
        return False
    if _DIGEST.search(subject) or (_LURE.search(text[:4000]) and not codes_in(text[:4000])):
        return False
    failed, said = origin.FAILURE_SUBJECT.search(subject), _SAID.search(text[:8000])
    if is_certain or "x-failed-recipients" in mail.fields:
        return bool(failed or said)
    # It gives the mail back, or says what a server said.
    proof = bool(returned.fields or codes_in(text[:8000]) or reply_code_in(text[:8000]))
    if not said or not (failed or proof):
        return False
    return is_likely or origin.is_null_sender(mail) or bool(failed and returned.fields)


def _is_bounce_text(text: str) -> bool:
    """True when it begins as no person writes, has the sentence of a bounce, and tells to whom or with what code."""
    if _GREETING.match(text) or not _LOST.search(text[:600]):
        return False
    return bool(codes_in(text) or reply_code_in(text) or _LOST_TO.search(text[:600]))


def _named(mail: Mail, returned: Returned) -> list[RawRecipient]:
    """Lines that begin with an address, else addresses that the words call recipients."""
    own = {name.lower() for value in mail.fields.all("to") for name in address.find(value)} | {origin.sender(mail)}
    sent_to = {name.lower() for name in returned.recipients}
    lines = scan(returned.human, LINE)
    loose = (RawRecipient(found.group("rcpt").strip("'")) for found in _RECIPIENT.finditer(returned.human[:8000]))
    for raws in (unique(lines), unique(loose)):
        known = [raw for raw in raws if raw.recipient.lower() in sent_to]
        others = [raw for raw in raws if raw.recipient.lower() not in own and not _is_contact(raw)]
        if known or others:
            return known or others
    return unique(lines) if returned.fields else []  # someone wrote to himself


def _is_contact(raw: RawRecipient) -> bool:
    return bool(_SYSTEM_NAMES.match(raw.recipient))


def _tells(raw: RawRecipient) -> bool:
    return bool(codes_in(raw.diagnostic) or reply_code_in(raw.diagnostic) or cause_of(raw.diagnostic))


def _filled(raw: RawRecipient, text: str, delayed: bool) -> RawRecipient:
    return RawRecipient(
        raw.recipient,
        action=Action.DELAYED if delayed else Action.FAILED,
        diagnostic=raw.diagnostic if _tells(raw) else text[:2000],
        context=text[:8000],
    )
