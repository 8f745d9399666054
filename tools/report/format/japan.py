"""Systems of Japanese carriers and providers: EZweb (au), KDDI (DION), Biglobe, and the generic forms around them.

Contract: au rejects by the filter of the phone with a sentence that tells no more than "rejected": that is soft;
where the SMTP dialogue is shown, the dialogue counts.

>>> [form.name for form in FORMATS]
['ezweb', 'kddi']
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

_EZWEB = re.compile(rf"[ \t]*(?:Recipient:[ \t]*)?<(?P<rcpt>{PATTERN})>:?(?P<why>.*)", re.I)
_SMTP = re.compile(r"^[ \t]*(?:<<<|<[^<>]+>: \d{3}\b)", re.M)


def _ezweb(mail: Mail, returned: Returned) -> Iterator[RawRecipient]:
    found = scan(returned.human, _EZWEB)
    told = bool(_SMTP.search(returned.human))
    for raw in found:
        # "The user(s) account is disabled." stands above the addresses.
        above = returned.human.partition(raw.recipient)[0].strip(" \t\n<")[-500:]
        yield replace(raw, diagnostic=f"{above} {raw.diagnostic}", hard_hint=None if told else False)


FORMATS = (
    TextFormat(
        "ezweb",
        (
            "recipients was rejected by a remote mail server",
            "recipients were rejected by a remote mail server",
            "the user(s) account is",
            "your message was not delivered within",
            "次のあて先へのメッセージはエラーのため送信できませんでした",
        ),
        evidence=(("from", "@ezweb.ne.jp"), ("from", "@au.com"), ("from", ".auone-net.jp")),
        reader=_ezweb,
    ),
    TextFormat(
        "kddi",
        (
            "could not be delivered to: <",
            "as their mailbox is full",
            "due to the following smtp relay error",
            "as the remote domain doesnt exist",
        ),
        evidence=(("from", ".dion.ne.jp"), ("reply-to", "auone-net.jp"), ("from", ".auone-net.jp")),
        recipient=re.compile(rf"[ \t]*Could not be delivered to:[ \t]*<?(?P<rcpt>{PATTERN})>?(?P<why>.*)", re.I),
    ),
)
