"""qmail (qmail-send's QSBMF) and those that copied it: Yahoo!, Apache James, vpopmail, netqmail, IndiMail.

Contract: `<address>:` alone on a line, the reason on the lines below it.

>>> FORMATS[1].matches("hi. this is the qmail-send program at mx.dest.test.")
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..address import PATTERN
from ..classification import RawRecipient
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import TextFormat, scan

# James writes the address bare below "Failed recipient(s):" and the reason below "Error message below:".
_JAMES = re.compile(rf"[ \t]*(?:RCPT TO:[ \t]*)?<?(?P<rcpt>{PATTERN})>?[ \t]*$")
_REASON = re.compile(r"Error message(?: below)?:[ \t]*\n")
_REASON_END = re.compile(r"\n(?:[ \t]*Message details:|[ \t]{0,80}\n[ \t]{0,80}\n)")


def _james(mail: Mail, returned: Returned) -> Iterator[RawRecipient]:
    start = _REASON.search(returned.human)
    reason = _REASON_END.split(returned.human[start.end() :][:4000], 1)[0] if start else ""
    for raw in scan(returned.human, _JAMES):
        yield replace(raw, diagnostic=reason) if start else raw


FORMATS = (
    TextFormat(
        "james",
        ("this is the james mail server", "error message below", "failed recipient(s):"),
        reader=_james,
    ),
    TextFormat(
        "qmail",
        (
            "this is the qmail-send program",
            "i'm afraid i wasn't able to deliver your message",
            "i'm afraid i wasn't able to deliver the following message",
            "i tried to deliver your message",
            "this is the machine generated message from mail service",
            "we were unable to deliver your message to the following address",
            "unable to deliver message to the following address",
            "your mail message to the following address(es) could not be delivered",
            "your delivery to the following address has been failed",
            "remote host said",
            "message from yahoo",
        ),
        recipient=re.compile(rf"(?:[ \t]*<|Delivery failed:[ \t]*|To:[ \t]*<?)(?P<rcpt>{PATTERN})>?:?(?P<why>.*)"),
        openings=("this is the qmail-send program",),
    ),
)
