"""Asks the DNS, if dnspython is installed: Odoo does not need it, and neither does this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

try:
    import dns.exception
    import dns.resolver
except ImportError:  # optional
    dns = None  # type: ignore[assignment]

# Takes a name, a type of record and how many seconds it may take; returns dnspython's records, [] if there are none.
Resolve = Callable[[str, str, float], list[Any]]
# Seconds for one question.
SECONDS: Final = 3.0


class Unanswered(OSError):
    """Nobody has answered: no name server, or none that knows.

    :param reason: "no_dnspython" or "no_dns"
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def resolver() -> Resolve:
    """Return who asks the name servers of this machine.

    :raise Unanswered: there is nobody to ask; also when asking
    """
    if dns is None:
        raise Unanswered("no_dnspython")
    try:
        asked = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):  # such as no /etc/resolv.conf
        raise Unanswered("no_dns") from None

    def resolve(name: str, kind: str, seconds: float) -> list[Any]:
        try:
            return list(asked.resolve(name, kind, search=False, lifetime=seconds))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError):
            raise Unanswered("no_dns") from None

    return resolve
