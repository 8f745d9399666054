"""The last resort: a bounce of a mail system that no form knows (RFC 5321 §4.5.5: a notification to the sender).

Contract: only for mails that a mail system wrote, with a failure in the subject or in the words, and only for
addresses that the mail itself names as the failed ones. In doubt it says nothing.

>>> source = b"From: MAILER-DAEMON@mx.test\\nSubject: Undeliverable\\n\\na@dest.test: 550 no such user\\n"
>>> from .returned_message import find
>>> mail = Mail.read(source)
>>> [block.recipient for block in read(mail, find(mail))]
['a@dest.test']
"""

from __future__ import annotations

import re

from . import address, auto_reply, origin
from .mime import Mail
from .model import Action
from .phrases import cause_of
from .returned_message import Returned
from .text_format import LINE, fallback, is_delay, scan, unique
from .verdict import Block, codes_in, reply_code_in

_SAID = re.compile(
    r"(?:could|can|did|was|were|is|has|have|be|been)(?:n.t|not| not)?\b.{0,40}(?:deliver|reach|relay|sent|send"
    r"|accept|route)"
    r"|(?:unable|failed|failure|impossible|error)\b.{0,60}(?:deliver|send|reach|relay|mail|message)"
    r"|undeliver|returned|rejected|bounced|permanent(?:ly)? (?:error|fail)|fatal error|delivery (?:fail|error"
    r"|problem|status)",
    re.I,
)
_RECIPIENT = re.compile(
    rf"(?:recipient|rcpt|to|for|deliver\w*|address|user|reach|empf[äa]nger|destinat\w+|odbiorc\w+"
    rf"|adresat\w*)s?\b[^\n@]{{0,40}}?"
    rf"<?(?P<rcpt>{address.PATTERN})",
    re.I,
)
_SYSTEM_NAMES = re.compile(r"(?:postmaster|mailer-daemon|abuse|support|help(?:desk)?|no-?reply|admin\w*)@", re.I)
# Lists of held mails, and lures that imitate them.
_DIGEST = re.compile(r"quarantin|digest|summary|kwarantann|release (?:the|your|all) |click (?:here|below|the)", re.I)
_FILES = ("application/zip", "application/x-zip", "application/msword", "application/x-msdownload", "application/pdf")


def read(mail: Mail, returned: Returned) -> list[Block]:
    """The blocks of the recipients; empty when this is no bounce or does not say whose."""
    text = returned.human
    if not _is_failure(mail, text):
        return []
    blocks = _named(mail, returned) or fallback(mail, returned)
    if not any(_tells(block) for block in blocks) and not _tells(Block("", diagnostic=text)):
        return blocks if "x-failed-recipients" in mail.fields else []
    delayed = is_delay(f"{mail.fields.text('subject')}\n{text}")
    return [_filled(block, text, delayed) for block in blocks]


def _is_failure(mail: Mail, text: str) -> bool:
    """A mail system tells of a failure, and it is no automatic reply, no newsletter and no lure with a file."""
    if not origin.is_system(mail) or origin.is_bulk(mail) or auto_reply.has_away_subject(mail):
        return False
    subject = mail.fields.text("subject")
    if any(part.type in _FILES for part in mail.parts) or _DIGEST.search(f"{subject}\n{text[:4000]}"):
        return False
    failed, said = origin.FAILURE_SUBJECT.search(subject), _SAID.search(text[:8000])
    if origin.has_sure_name(mail) or "x-failed-recipients" in mail.fields:
        return bool(failed or said)
    return bool(failed and said and origin.is_null_sender(mail))


def _named(mail: Mail, returned: Returned) -> list[Block]:
    """Lines that begin with an address, else addresses that the words call recipients."""
    own = {name.lower() for value in mail.fields.all("to") for name in address.find(value)} | {origin.sender(mail)}
    sent_to = {name.lower() for name in returned.recipients}
    lines = scan(returned.human, LINE)
    loose = (Block(found.group("rcpt")) for found in _RECIPIENT.finditer(returned.human[:8000]))
    for blocks in (unique(lines), unique(loose)):
        known = [block for block in blocks if block.recipient.lower() in sent_to]
        others = [block for block in blocks if block.recipient.lower() not in own and not _is_contact(block)]
        if known or others:
            return known or others
    return unique(lines) if returned.fields else []  # someone wrote to himself


def _is_contact(block: Block) -> bool:
    return bool(_SYSTEM_NAMES.match(block.recipient))


def _tells(block: Block) -> bool:
    return bool(codes_in(block.diagnostic) or reply_code_in(block.diagnostic) or cause_of(block.diagnostic))


def _filled(block: Block, text: str, delayed: bool) -> Block:
    return Block(
        block.recipient,
        action=Action.DELAYED if delayed else Action.FAILED,
        diagnostic=block.diagnostic if _tells(block) else text[:2000],
        context=text[:8000],
    )
