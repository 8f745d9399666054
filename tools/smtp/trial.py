"""Finds out whether a server reads on behind the final dot (RFC 2920 §3.1 lets RSET and MAIL follow it in one group).

Some that offer PIPELINING do not: Haraka answers 503 to all that it finds behind the dot, Courier and chasquid throw it
away with the rest of their buffer. So the first thing behind a dot is a RSET, alone: nothing of a mail is in doubt
whatever becomes of it. Who does not pass is not written to while a content is unanswered.

>>> from .reply import Reply
>>> trial = Trial()
>>> trial.begin(), trial.is_running, trial.reads_on
(b'RSET\\r\\n', True, None)
>>> trial.on_reply(Reply.parse([b"503 Bad sequence of commands"]))
>>> trial.is_running, trial.reads_on
(False, False)
"""

from __future__ import annotations

from typing import Final

from .reply import Reply

TRIAL_TIMEOUT: Final = 3.0  # seconds without an answer, once the content before it is answered


class Trial:
    """The trial of one connection.

    :param reads_on: what earlier connections to the server have shown; None: nothing yet. Afterwards, what is known now
    """

    def __init__(self, reads_on: bool | None = None) -> None:
        self.reads_on = reads_on
        self.is_running = False

    def begin(self) -> bytes:
        """Return what is to be written behind a final dot."""
        self.is_running = True
        return b"RSET\r\n"

    def on_reply(self, reply: Reply) -> None:
        """Take the answer to it."""
        self.is_running = False
        self.reads_on = reply.is_positive

    def fail(self) -> None:
        """Note that a RSET behind a final dot was refused, or never answered."""
        self.reads_on = False
