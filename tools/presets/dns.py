"""Asks DNS where a domain's mail goes, where it is sent from, and how mailboxes are read.

With dnspython, where that is installed; without it nothing is asked, and that is said. Contract: bounded time, never
raises. Who resolves is handed in for tests.

>>> ask("firma.example", None).state
'no_resolver'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from .lookup import IMAP, SUBMISSION

try:
    import dns.exception
    import dns.resolver
except ImportError:  # optional
    dns = None  # type: ignore[assignment]

_SECONDS: Final = 2.0  # for each question; there are four
_MOST: Final = 20  # records of one answer
_NAMES: Final = (*(name for name, _encryption in SUBMISSION), IMAP)
# Takes a name and a type of record; returns the records, [] if there are none; raises OSError if nobody answered.
Resolve = Callable[[str, str], list[Any]]


@dataclass(frozen=True)
class Answers:
    """:param state: "answered", "no_resolver" (nobody could be asked) or "no_answer" (nobody answered)
    :param mx: hosts, the preferred one first
    :param srv: as :func:`~.lookup.preset_of_srv` takes it
    """

    state: str
    mx: list[str] = field(default_factory=list)
    srv: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def with_dnspython() -> Resolve | None:
    """Return who asks the name servers of this host; None without dnspython, or without a name server."""
    if dns is None:
        return None
    try:
        resolver = dns.resolver.Resolver()
    except dns.exception.DNSException:  # such as no /etc/resolv.conf
        return None
    resolver.lifetime = _SECONDS

    def resolve(name: str, kind: str) -> list[Any]:
        try:
            return list(resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise OSError(str(error)) from error

    return resolve


def ask(domain: str, resolve: Resolve | None) -> Answers:
    """Ask for MX and SRV records of a domain in ASCII; the first question that nobody answers is the last."""
    if resolve is None:
        return Answers("no_resolver")
    try:
        mails = sorted(resolve(f"{domain}.", "MX")[:_MOST], key=lambda one: one.preference)
        srv: dict[str, list[tuple[str, int]]] = {}
        for name in _NAMES:
            records = sorted(resolve(f"{name}.{domain}.", "SRV")[:_MOST], key=lambda one: (one.priority, -one.weight))
            if records:
                srv[name] = [(str(one.target), int(one.port)) for one in records]
    except (OSError, ValueError):  # ValueError: a name that DNS cannot have
        return Answers("no_answer")
    return Answers("answered", [str(one.exchange) for one in mails], srv)
