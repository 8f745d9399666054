"""Asks DNS where a domain's mail goes, where it is sent from, and how mailboxes are read.

Contract: bounded time, never raises. Whom to ask is handed in for tests.

>>> ask("firma.example", lambda: lambda name, kind, seconds: [])
Answers(state='answered', mx=[], srv={})
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ..name_server import SECONDS, Resolve, Unanswered
from ..name_server import resolver as name_servers
from .lookup import IMAP, SUBMISSION

_MOST: Final = 20  # records of one answer
_NAMES: Final = (*(name for name, _encryption in SUBMISSION), IMAP)


@dataclass(frozen=True)
class Answers:
    """:param state: "answered", "no_resolver" (nobody could be asked) or "no_answer" (nobody answered)
    :param mx: hosts, the preferred one first
    :param srv: as :func:`~.lookup.preset_of_srv` takes it
    """

    state: str
    mx: list[str] = field(default_factory=list)
    srv: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def ask(domain: str, resolver: Callable[[], Resolve] = name_servers) -> Answers:
    """Ask for MX and SRV records of a domain in ASCII; the first question that nobody answers is the last."""
    try:
        resolve = resolver()
    except Unanswered:
        return Answers("no_resolver")
    try:
        mails = sorted(resolve(f"{domain}.", "MX", SECONDS)[:_MOST], key=lambda one: one.preference)
        srv: dict[str, list[tuple[str, int]]] = {}
        for name in _NAMES:
            records = sorted(
                resolve(f"{name}.{domain}.", "SRV", SECONDS)[:_MOST], key=lambda one: (one.priority, -one.weight)
            )
            if records:
                srv[name] = [(str(one.target), int(one.port)) for one in records]
    except (OSError, ValueError):  # ValueError: a name that DNS cannot have
        return Answers("no_answer")
    return Answers("answered", [str(one.exchange) for one in mails], srv)
