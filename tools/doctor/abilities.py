"""What a mail server can do, as it announces it (RFC 5321 §4.1.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..smtp.extension import Extensions
from ..smtp.reply import Reply
from .recording import Exchange

# What is worth knowing, as servers announce it.
ABILITIES: Final = ("SIZE", "DSN", "PIPELINING", "CHUNKING", "SMTPUTF8", "8BITMIME", "STARTTLS", "AUTH")


def extensions_of(hellos: Sequence[Exchange]) -> Extensions:
    """What was announced in the last of these."""
    reply: Reply | None = hellos[-1].reply
    lines = reply.text.split("\n")[1:] if reply else []
    found: dict[str, str] = {}
    for line in lines:
        keyword, _blank, parameters = line.strip().replace("AUTH=", "AUTH ", 1).partition(" ")
        found[keyword.lower()] = parameters.strip()
    return Extensions.from_esmtp(found)


def abilities(offered: Extensions) -> str:
    """
    >>> abilities(Extensions({"size": "10485760", "dsn": "", "auth": "PLAIN LOGIN"}))
    'SIZE (10 MB), DSN, AUTH (PLAIN LOGIN)'
    """
    return ", ".join(_ability(name, offered.keywords[name.lower()]) for name in ABILITIES if offered.has(name))


def missing(offered: Extensions) -> str:
    without = ("STARTTLS", "AUTH")  # these have steps of their own
    return ", ".join(name for name in ABILITIES if not offered.has(name) and name not in without)


def _ability(name: str, parameters: str) -> str:
    if name == "SIZE":
        size = int(parameters) if parameters.isdigit() and len(parameters) < 16 else 0
        parameters = f"{size / 1024 / 1024:.0f} MB" if size else ""
    elif name != "AUTH":
        parameters = ""
    return f"{name} ({parameters})" if parameters else name
