"""How many RSETs a server bears (RFC 5321 §4.1.1.5 sets no limit; Exim does).

Exim lets one RSET pass for each mail it receives and counts the others: after ten such "nonmail commands"
(smtp_accept_max_nonmail) on a connection it answers 554 and hangs up. With several mails in flight nobody would know
then which of them it has taken, so the connection is given up before. Exim is known by what it does not announce:
ENHANCEDSTATUSCODES.

>>> budget = ResetBudget(Extensions())
>>> for _ in range(5):
...     budget.on_reset()
>>> budget.left
5
>>> budget.on_mail_received()
>>> budget.on_reset()
>>> budget.left, ResetBudget(Extensions.from_esmtp({"enhancedstatuscodes": ""})).left > 1000
(5, True)
"""

from __future__ import annotations

from typing import Final

from .extension import Extensions

_EXIM: Final = 9  # one below its default
_UNLIMITED: Final = 1_000_000


class ResetBudget:
    """Counts the RSETs of one connection. `left` is how many more the server will bear."""

    def __init__(self, extensions: Extensions) -> None:
        self._is_limited = not extensions.enhanced_status_codes
        self._is_free = True
        self.left = _EXIM if self._is_limited else _UNLIMITED

    def on_reset(self) -> None:
        """Note that the server has answered one."""
        if self._is_limited and not self._is_free:
            self.left -= 1
        self._is_free = False

    def on_mail_received(self) -> None:
        """Note that the server has answered a content, which makes the next one free."""
        self._is_free = True
