"""Mail servers of offices and lists: IMail, hMailServer, MailEnable, CommuniGate, GroupWise, Oracle, AOL, fml, Verizon.

Contract: one row per product, with the sentence it opens with and the line in which it names the recipient.

>>> row = next(form for form in FORMATS if form.name == "imail")
>>> row.recipient.match("undeliverable to a@dest.test").group("rcpt")
'a@dest.test'
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import address
from ..classification import RawRecipient
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import TextFormat, Trust, row

_LIST = re.compile(rf"(?:mailing list|address|\bML)[ \t]*<?({address.PATTERN})>?", re.I)
_BRACKETED = re.compile(rf"<({address.PATTERN})>")


def _fml(mail: Mail, returned: Returned) -> Iterator[RawRecipient]:
    """The list that refused the mail: named as such, else the first address in brackets."""
    found = _LIST.search(returned.human) or _BRACKETED.search(returned.human)
    if found:
        yield RawRecipient(found.group(1), diagnostic=returned.human.strip()[:2000], hard_hint=False)


FORMATS = (
    row(
        "hmailserver",
        ("hmailserver sent:", "did not reach some or all of the intended recipients. sent:"),
        r"[ \t]*@@[ \t]*(?P<why>)$",
    ),
    row("mailenable", ("message could not be delivered to some recipients",), r".*\[?SMTP:@@\]?(?P<why>.*)"),
    row("communigate", ("failed to deliver to '",), r"[ \t]*Failed to deliver to '@@'(?P<why>.*)"),
    row(
        "groupwise",
        ("the message that you sent was undeliverable to the following",),
        r"[ \t]+@@[ \t]*(?P<why>\(.*)?$",
    ),
    row("kerio", ("delivery to the following recipients was unsuccessful",), ""),
    row(
        "mdaemon",
        ("the attached message had permanent fatal delivery errors", "the attached message could not be delivered"),
        r".{0,30}?(?:Failed address:|RCPT To:)[ \t]*@@(?P<why>.*)",
    ),
    row(
        "oracle",
        ("this report relates to a message you sent with the following header fields", "recipient address: "),
        r"[ \t]*Recipient address:[ \t]*(?:@[\w.,@-]+:)?@@(?P<why>.*)",
    ),
    row(
        "courier",
        ("your message to the following recipients cannot be delivered", "running the courier mail server"),
        r"[ \t]*@@:(?P<why>.*)",
    ),
    TextFormat("aol", ("your mail to the following recipients could not be delivered because",)),
    TextFormat(
        "fml",
        (
            "you are not a member of this mailing list",
            "are not member",
            "reject mail",
            "message from mlserver",
            "loop back warning",
            "loop alert",
            "security alert",
        ),
        evidence=(("x-mlserver", "fml"),),
        reader=_fml,
        trust=Trust.PROOF,
    ),
    TextFormat(
        "verizon",  # the address only in the copy below
        ("message could not be delivered to mobile", "no valid recipients for this mm"),
        recipient=re.compile(r"(?!)"),
        evidence=(("from", "vzwpix.com"), ("from", "vtext.com")),
    ),
    row("smail", ("failed addresses follow:",), r"[ \t]*@@[ \t]*\.\.\.(?P<why>.*)"),
    # Last: these phrases are the plainest.
    row(
        "imail",
        (
            "undeliverable to ",
            "delivery failed ",
            "unknown user: ",
            "unknown host: ",
            "user mailbox exceeds allowed size: ",
            "invalid final delivery userid: ",
        ),
        r"(?P<reason>(?:undeliverable to|delivery failed \d+ attempts:|unknown (?:user|host):"
        r"|user mailbox exceeds allowed size:|invalid final delivery userid:))[ \t]*@@.*$",
        evidence=(("x-mailer", "smtp32"),),
    ),
)
