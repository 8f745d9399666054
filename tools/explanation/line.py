"""What a line means that somebody copied from a returned mail, a mail program or a server's log.

>>> found = explain_line("<bob@x.test>: host mx.x.test[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO)")
>>> found.explanation.cause.value, found.is_taken
('user_unknown', False)
>>> explain_line("status=sent (250 2.0.0 Ok: queued as 9C1D2E0000)")
LineMeaning(is_taken=True, explanation=None)
>>> explain_line("your invoice, please")
LineMeaning(is_taken=False, explanation=None)
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..smtp.enhanced_status import EnhancedStatus
from ..smtp.reply import Reply
from .catalogue import Explanation, explain
from .table import Facts

MOST_CHARACTERS: Final = 8_000  # of a text, of which the beginning is read
# The reply codes there are (RFC 5321 §4.2.3, RFC 4954 §6, RFC 7504 §4); any other number is a port, a size, a time.
_CODE: Final = re.compile(
    r"(?<![\w.:/\[-])(25[0-2]|42[12]|43[0-2]|45[0-5]|50[0-4]|52[13]|53[0458]|55[0-6]|571)(?=[ -])"
)


class LineMeaning(NamedTuple):
    """Whether a server says that it took the mail; or why not, None if the line says nothing of it."""

    is_taken: bool
    explanation: Explanation | None


def explain_line(text: str) -> LineMeaning:
    """Return what the last reply in a text means, or the status code where there is no reply. Linear time."""
    text = text[:MOST_CHARACTERS]
    *_before, found = [None, *_CODE.finditer(text)]
    status = EnhancedStatus.find(text)
    if found:
        code = int(found[1])
        explanation = explain(Facts.of_reply(Reply.of(code, text[found.end() :].lstrip(" -"))))
        return LineMeaning(code // 100 == 2, explanation)
    if status is None or status.klass == 2:
        return LineMeaning(status is not None, None)
    return LineMeaning(False, explain(Facts.of_return(str(status), text, delayed=status.klass == 4)))
