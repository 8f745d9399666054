"""Gmail's text form (until 2016) and Google Groups, whose text comes in some fifty languages.

Contract: the recipient stands five spaces in, below "Delivery to the following recipient"; Groups names it only
in X-Failed-Recipients, and its refusal is about who may post, so that it is never hard.

>>> [form.name for form in FORMATS]
['google-groups', 'gmail']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..address import PATTERN
from ..classification import RawRecipient
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import TextFormat, Trust, fallback


def _groups(mail: Mail, returned: Returned) -> Iterator[RawRecipient]:
    for raw in fallback(mail, returned):
        yield replace(raw, hard_hint=False)


FORMATS = (
    TextFormat(
        "google-groups",
        ("groups.google.com/support", "groups.google.com/a/", "google groups"),
        reader=_groups,
        trust=Trust.NOTIFICATION,
    ),
    TextFormat(
        "gmail",
        (
            "delivery to the following recipient failed permanently",
            "delivery to the following recipients failed permanently",
            "delivery to the following recipient has been delayed",
            "delivery to the following recipients has been delayed",
            "technical details of permanent failure",
            "technical details of temporary failure",
            "google tried to deliver your message",
        ),
        recipient=re.compile(rf"[ \t]{{2,}}(?P<rcpt>{PATTERN})[ \t]*$"),
    ),
)
