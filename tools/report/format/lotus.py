"""HCL (Lotus) Domino and the Notes SMTP gateway.

Contract: Domino puts the address below "was not delivered to:" and the reason below "because:"; the gateway puts
the reason first and the address below it.

>>> [form.name for form in FORMATS]
['domino', 'notes']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import address
from ..classification import RawRecipient
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import TextFormat

_DOMINO = re.compile(rf"[ \t]*(?:[^<>\n]{{0,80}}<)?(?P<rcpt>{address.PATTERN})>?[ \t]*$")


def _notes(mail: Mail, returned: Returned) -> Iterator[RawRecipient]:
    lines = [line.strip() for line in returned.human.split("\n")[:200] if line.strip()]
    for number, line in enumerate(lines):
        found = address.first(line)
        if found and line.strip("<>") == found:
            reason = lines[number - 1] if number and "Failure Reasons" not in lines[number - 1] else ""
            yield RawRecipient(found, diagnostic=reason)


FORMATS = (
    TextFormat(
        "domino",
        (
            "was not delivered to:",
            "n'a pas été remis à",
            "n'a pas pu être remis à",
            "wurde nicht zugestellt an",
            "konnte nicht zugestellt werden an",
            "non è stato recapitato a",
            "no se ha entregado a",
            "nie została dostarczona do",
        ),
        recipient=_DOMINO,
    ),
    TextFormat("notes", ("failure reasons --",), reader=_notes),
)
