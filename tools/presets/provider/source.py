"""What the rows of the tables have in common."""

from __future__ import annotations

from typing import Final

from ..model import Server

READ: Final = "2026-11-28"
ISPDB: Final = "https://github.com/thunderbird/autoconfig/blob/master/ispdb"


def imap(host: str) -> Server:
    """Return a mailbox server with TLS from the first byte."""
    return Server(host, 993)
