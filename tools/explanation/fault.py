"""The cause of a server's fault, from the one line that is kept of it: its reply, or problem words.

>>> cause_of_fault("535 5.7.8 (login refused)").value, cause_of_fault("connection refused").value
('wrong_login', 'no_answer')
>>> cause_of_fault("") is None
True
"""

from __future__ import annotations

import re
from typing import Final

from ..smtp.reply import Reply
from .catalogue import explain
from .cause import Cause
from .table import Facts

_REPLY: Final = re.compile(r"([2345]\d\d)[ -](.{0,2000})", re.DOTALL)


def cause_of_fault(reason: str) -> Cause | None:
    """Return what is behind a `trouble.Failure.text`; None where nothing is known."""
    if not reason:
        return None
    found = _REPLY.match(reason)
    facts = Facts.of_reply(Reply.of(int(found.group(1)), found.group(2))) if found else Facts(problem=reason)
    explanation = explain(facts)
    return explanation.cause if explanation else None
