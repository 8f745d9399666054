"""What is to be done about the copy of a mail in the Sent folder, by what became of the mail.

>>> next_step(["accepted", "refused"]), next_step(["unknown"]), next_step(["deferred"])
(<Step.COPY: 'copy'>, <Step.LOOK: 'look'>, <Step.DROP: 'drop'>)
>>> digest(b"X-Envelope-Id: a\\r\\nTo: x\\r\\n\\r\\nHello") == digest(b"To: x\\r\\nX-Envelope-Id: b\\r\\n\\r\\nHello")
True
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

# Of a mail that is sent once more to those who have not got it these differ; what it says does not.
_VARYING: Final = re.compile(rb"^(?:X-Envelope-Id|Date):[^\r\n]*\r\n", re.IGNORECASE | re.MULTILINE)
_BOUNDARY: Final = re.compile(rb"===============[0-9]{10,40}==")  # a plain beginning is found fast


class Step(str, Enum):
    """What comes next."""

    WAIT = "wait"  # it is on its way
    COPY = "copy"  # a server has it
    LOOK = "look"  # a server may have it: if so, and if that files what it sends, it is in the folder
    DROP = "drop"  # nobody has it


def next_step(outcomes: Iterable[str]) -> Step:
    """What is to be done.

    :param outcomes: of the mail's transactions for each address, as stored; "open" for one that has not ended
    """
    found = set(outcomes)
    if "accepted" in found:
        return Step.COPY
    if "open" in found:
        return Step.WAIT
    return Step.LOOK if "unknown" in found else Step.DROP


def digest(message: bytes) -> str:
    """A short text that is the same for two messages which say the same to the same people.

    :param message: as it leaves, with CRLF line ends
    """
    header, blank, body = message.partition(b"\r\n\r\n")
    lines = _VARYING.sub(b"", header + b"\r\n")
    return hashlib.sha256(_BOUNDARY.sub(b"", lines + blank + body)).hexdigest()[:32]
