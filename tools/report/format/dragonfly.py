"""DragonFly Mail Agent (dma), the small mailer of BSD systems and containers.

Contract: one recipient a mail, named in the sentence; the reason on the lines below.

>>> FORMATS[0].name
'dragonfly'
"""

from __future__ import annotations

import re

from ..address import PATTERN
from ..text_format import TextFormat

FORMATS = (
    TextFormat(
        "dragonfly",
        ("this is the dragonfly mail agent",),
        recipient=re.compile(rf"There was an error delivering your mail to <?(?P<rcpt>{PATTERN})>?\.?(?P<why>.*)"),
    ),
)
